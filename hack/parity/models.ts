import { createHash } from "node:crypto";
import { access, glob, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../models/atomic-write.ts";
import type { BackboneName, ExportedModel, Reference } from "./context.ts";

/** In the order of their cost. */
const backbones: readonly BackboneName[] = [
  "mobilefacenet",
  "vit",
  "efficientnet-b0",
  "resnet18",
  "resnet50",
  "iresnet50",
];

/** The newest operator set that PyTorch's exporter writes and ONNX Runtime 1.30 runs. */
const newestOpset = 25;

const folderOfScripts = join(import.meta.dirname, "models");

const Written = z.object({
  models: z.array(z.object({ form: z.enum(["folded", "normalized"]), opset: z.int(), file: z.string() })),
  reference: z.string(),
});

const Index = z.object({ sources: z.string(), networks: z.record(z.string(), Written) });

/** What PyTorch wrote. */
export interface ExportedNetworks {
  readonly models: readonly ExportedModel[];
  readonly references: readonly Reference[];
}

/** Where the files go, and who runs the scripts that write them. */
export interface ExportOptions {
  readonly folder: string;
  readonly python: (script: string, input: unknown) => Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (what: string) => void;
}

/**
 * The networks of models/networks.py as ONNX files and reference values; those that are not there are written (ten
 * minutes for all, 2 GB). A network's files appear together, and `index.json` names them then.
 */
export async function exportNetworks(options: ExportOptions): Promise<ExportedNetworks> {
  const { folder, signal, progress } = options;
  const sources = await hashOfScripts();
  const networks = await readIndex(folder, sources);
  await mkdir(folder, { recursive: true });
  for (const [place, name] of backbones.entries()) {
    signal?.throwIfAborted();
    if (await isWhole(folder, networks[name])) continue;
    progress(`exporting ${name} (${place + 1} of ${backbones.length})`);
    networks[name] = await exportNetwork(name, options);
    await writeAtomically(join(folder, "index.json"), [
      Buffer.from(`${JSON.stringify({ sources, networks }, undefined, 2)}\n`),
    ]);
  }
  return describe(folder, networks);
}

async function exportNetwork(
  network: BackboneName,
  { folder, python }: ExportOptions,
): Promise<z.infer<typeof Written>> {
  const partial = await mkdtemp(join(folder, ".partial-"));
  try {
    const answer = await python(join(folderOfScripts, "export.py"), { network, folder: partial, opset: newestOpset });
    const written = Written.parse(answer);
    for (const file of filesOf(written)) await rename(join(partial, file), join(folder, file));
    return written;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

const filesOf = ({ models, reference }: z.infer<typeof Written>): string[] => [
  ...models.map(({ file }) => file),
  reference,
];

function describe(folder: string, networks: Readonly<Record<string, z.infer<typeof Written>>>): ExportedNetworks {
  const models = backbones.flatMap((backbone) =>
    networks[backbone]!.models.map(({ form, opset, file }) => ({ backbone, form, opset, path: join(folder, file) })),
  );
  const references = backbones.map((backbone) => ({ backbone, path: join(folder, networks[backbone]!.reference) }));
  return { models, references };
}

async function readIndex(folder: string, sources: string): Promise<Record<string, z.infer<typeof Written>>> {
  try {
    const index = Index.parse(JSON.parse(await readFile(join(folder, "index.json"), "utf8")));
    return index.sources === sources ? index.networks : {};
  } catch {
    // No index, or one of another time: everything is written anew.
    return {};
  }
}

async function isWhole(folder: string, written: z.infer<typeof Written> | undefined): Promise<boolean> {
  if (written === undefined) return false;
  return Promise.all(filesOf(written).map((file) => access(join(folder, file)))).then(
    () => true,
    () => false,
  );
}

/** All that the files' bytes depend on. */
async function hashOfScripts(): Promise<string> {
  const hash = createHash("sha256").update(await readFile(join(import.meta.dirname, "requirements.txt")));
  const scripts = await Array.fromAsync(glob("*.py", { cwd: folderOfScripts }));
  for (const script of scripts.sort())
    hash.update(`\0${script}\0`).update(await readFile(join(folderOfScripts, script)));
  return hash.update(`\0${newestOpset}`).digest("hex");
}

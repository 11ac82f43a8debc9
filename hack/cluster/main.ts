import { once } from "node:events";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { findBinaries } from "./binaries/find.ts";
import { interruption, runCommand } from "../command.ts";
import { type Cluster, type DeviceName, deviceNames, endKeptCluster, type Images, startCluster } from "./cluster.ts";
import { UsageError } from "./errors.ts";

/** How many nodes of which device. */
type NodeCounts = [DeviceName, number][];

interface UpOptions {
  nodes: NodeCounts;
  image: Images;
  directory?: string;
  binaries?: string;
  audit?: boolean;
  keep?: boolean;
}

const onProgress = (line: string) => process.stderr.write(`${line}\n`);

function parseNodes(text: string): NodeCounts {
  return text.split(",").map((part) => {
    const [device = "", count = "1", ...rest] = part.trim().split(":");
    if (!isDevice(device)) {
      throw new InvalidArgumentError(`"${device}" is not a device: use ${deviceNames.join(", ")}.`);
    }
    if (rest.length > 0 || !/^[1-9]\d?$/.test(count)) {
      throw new InvalidArgumentError(`"${part}" has no count from 1 to 99: write ${device}:2.`);
    }
    return [device, Number(count)];
  });
}

function isDevice(text: string): text is DeviceName {
  return (deviceNames as string[]).includes(text);
}

/** Adds one `NAME=COMMAND` to the images so far. */
function parseImage(text: string, images: Images): Images {
  const [name = "", command = ""] = splitOnce(text, "=");
  if (name === "" || command.trim() === "") {
    throw new InvalidArgumentError(`"${text}" is not NAME=COMMAND: write for example shell="/bin/sh -c".`);
  }
  return { ...images, [name]: { entrypoint: command.trim().split(/\s+/), workingDirectory: process.cwd() } };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

async function up(options: UpOptions, signal: AbortSignal): Promise<void> {
  await using cluster = await startCluster({
    onProgress,
    signal,
    ...(options.directory !== undefined && { directory: resolve(options.directory) }),
    ...(options.binaries !== undefined && { binaries: resolve(options.binaries) }),
    ...(options.audit && { auditPolicy: "Metadata" as const }),
  });
  await addNodes(cluster, options);
  process.stdout.write(`export KUBECONFIG=${cluster.adminKubeconfig}\n`);
  if (options.keep) {
    await cluster.keep();
    onProgress(`end it with: node hack/cluster/main.ts down --directory ${cluster.directory}`);
    return;
  }
  onProgress("Ctrl-C ends the cluster and removes its files");
  await Promise.race([cluster.failed, aborted(signal)]);
  onProgress("ending the cluster");
}

async function addNodes(cluster: Cluster, { nodes, image: images }: UpOptions): Promise<void> {
  const names = nodes.flatMap(([device, count]) =>
    Array.from({ length: count }, (_, index) => ({ device, name: `${device}-${index + 1}` })),
  );
  await Promise.all(names.map(({ device, name }) => cluster.addNode({ name, device, images })));
}

async function down({ directory }: { directory: string }): Promise<void> {
  const path = resolve(directory);
  if (await endKeptCluster(path)) return;
  throw new UsageError(`--directory ${path} holds no kept cluster: name the one that \`up --keep\` printed`);
}

async function binaries(signal: AbortSignal): Promise<void> {
  const found = await findBinaries({ onProgress, signal });
  for (const [name, path] of Object.entries(found)) process.stdout.write(`${name}\t${path}\n`);
}

function command(signal: AbortSignal): Command {
  const program = new Command("cluster").description(
    "A local Kubernetes cluster: a real control plane, simulated Orin nodes.",
  );
  program
    .command("up")
    .description("bring a cluster up; Ctrl-C takes it down")
    .option(
      "--nodes <device:count,...>",
      `nodes by device: ${deviceNames.join(", ")}`,
      parseNodes,
      parseNodes("orin-nano:1"),
    )
    .option(
      "--image <name=command>",
      "an image that the nodes have; may be repeated",
      parseImage,
      parseImage("shell=/bin/sh", {}),
    )
    .option("--directory <folder>", "where its files go; a new folder by default")
    .option("--binaries <folder>", "where the programs of the control plane are; looked for by default")
    .option("--audit", "write down who asked the API server for what, in logs/audit.log")
    .option("--keep", "leave it running and return")
    .action((options: UpOptions) => up(options, signal));
  program
    .command("down")
    .description("end a cluster that was kept, and remove its files")
    .requiredOption("--directory <folder>", "the folder of the cluster")
    .action(down);
  program
    .command("binaries")
    .description("get the programs of the control plane, and print where they are")
    .action(() => binaries(signal));
  return program;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

const signal = interruption();
await runCommand(command(signal), signal);

import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { create } from "tar";
import type { z } from "zod";
import type { ResolvedDataset, SlotRevision } from "../../crds/enginebuild.ts";
import { NodeRuntime, type NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { buildEngines } from "../engine/build-engines.ts";
import { digestOfFile } from "../engine/digest.ts";
import { onnxRuntime } from "../engine/onnxruntime.ts";
import { openStore, type Store } from "../engine/store.ts";
import { writeTinyModels } from "../engine/tiny-models.fake.ts";

/** Red, green and blue of a picture of one color: with much red in it, the tiny detector sees a face. */
export type Color = readonly [red: number, green: number, blue: number];

/** People, whose embedding is their color. */
export const people = { ann: [220, 20, 20], ben: [220, 120, 20], stranger: [180, 20, 200] } as const satisfies Record<
  string,
  Color
>;
export const nobody: Color = [20, 20, 20];

/** What a test says of a NodeRuntime's spec. */
export type SpecParts = Omit<z.input<(typeof NodeRuntime)["spec"]>, "nodeName" | "model">;
export type CameraParts = NonNullable<SpecParts["cameras"]>[number];
export type TrialParts = NonNullable<SpecParts["trial"]>;

/** A node's disk with engines of tiny networks, cameras that are folders, and a receiver of events. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  readonly store: Store;
  /** Bodies of the events that were received. */
  readonly events: Record<string, unknown>[] = [];
  readonly #server = createServer((incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    incoming.on("end", () => {
      this.events.push(JSON.parse(body) as Record<string, unknown>);
      response.writeHead(202).end();
    });
  });

  private constructor(folder: string, store: Store) {
    [this.folder, this.store] = [folder, store];
  }

  static async open(): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), "site-"));
    const site = new Site(folder, await openStore(join(folder, "store")));
    await once(site.#server.listen(0, "127.0.0.1"), "listening");
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await rm(this.folder, { recursive: true });
  }

  /** Where events can be sent to. */
  get sink() {
    const { port } = this.#server.address() as AddressInfo;
    return { name: "hub", type: "HTTP", url: `http://127.0.0.1:${port}/` } as const;
  }

  /** Builds engines into the store. @param scale by which they see colors larger than they are; 1 is right. */
  async build(revision: string, { scale = 1 } = {}): Promise<SlotRevision> {
    const key = `key-${revision}`;
    const { networks, models } = await writeTinyModels(join(this.folder, "models", revision), { scale });
    await using work = await this.store.makeWorkspace();
    const recipe = { key, model: "tiny", revision, networks, precision: "FP32", hardware: {} } as const;
    const options = { models, directory: work.path, threads: 1, now: new Date(0) };
    await buildEngines({ ...recipe, choice: { backend: onnxRuntime } }, options);
    await this.store.publish(work.path, this.store.engineDirectory(key));
    return { revision, engineKey: key };
  }

  /** Plays pictures as a camera's, over and over. @returns its source. */
  async camera(name: string, colors: readonly Color[]) {
    const folder = join(this.folder, "cameras", name);
    await rm(folder, { recursive: true, force: true });
    for (const [index, color] of colors.entries()) {
      await write(join(folder, `${String(index).padStart(3, "0")}.png`), await draw(color));
    }
    return { type: "File", url: pathToFileURL(folder).href } as const;
  }

  /** Packs pictures as a labelled set, whose folders are identities. */
  async dataset(name: string, pictures: Readonly<Record<string, Color | string>>): Promise<ResolvedDataset> {
    const folder = join(this.folder, "sets", name);
    await rm(folder, { recursive: true, force: true });
    for (const [path, content] of Object.entries(pictures)) {
      await write(join(folder, path), typeof content === "string" ? content : await draw(content));
    }
    const file = `${folder}.tar`;
    await create({ file, cwd: folder, portable: true, mtime: new Date(0) }, Object.keys(pictures).sort());
    return { name, source: { uri: pathToFileURL(file).href, digest: await digestOfFile(file) }, format: "ImageFolder" };
  }

  /** Mounts a Secret's key. */
  async mount(path: string, content: string): Promise<void> {
    await write(join(this.folder, "secrets", path), content);
  }

  /** A camera that recognizes people and reads expressions, if not told otherwise. */
  async entrance(colors: readonly Color[] = [people.ann], change: Partial<CameraParts> = {}) {
    return {
      name: "entrance",
      source: await this.camera("entrance", colors),
      gallery: "staff",
      maxFramesPerSecond: 50,
      infer: { identity: true, expression: true },
      sinks: [this.sink],
      ...change,
    };
  }

  /** A gallery whose key is mounted. */
  async staff(version = "v1", listed: readonly string[] = ["ann", "ben"]) {
    const pictures = { "ann/1.png": people.ann, "ben/1.png": people.ben };
    await this.mount("galleries/staff/key", "11".repeat(32));
    return {
      name: "staff",
      version,
      dataset: await this.dataset("staff", pictures),
      people: listed.map((id) => ({ id })),
    };
  }

  /** What was received, in short: "identified ann a" for the event that revision a recognized ann. */
  get heard(): string[] {
    return this.events.map(({ type, data }) => {
      const { identity, expression, revision } = data as {
        identity?: { known: boolean; person?: string };
        expression?: { label: string };
        revision: string;
      };
      const who = identity && (identity.known ? identity.person : "unknown");
      return [String(type).split(".").at(-1), who, expression?.label, revision].filter(Boolean).join(" ");
    });
  }
}

/** A spec as the API server gives it. */
export function specOf(parts: SpecParts): NodeRuntimeSpec {
  return NodeRuntime.spec.parse({ nodeName: "orin-1", model: "tiny", ...parts });
}

/** Waits until something is so; the deadline is the test's. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(10);
}

function draw([r, g, b]: Color): Promise<Buffer> {
  const background = { r, g, b };
  return sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .png()
    .toBuffer();
}

async function write(path: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseBuildReport } from "../../crds/buildreport.ts";
import { EngineBuild, type SlotRevision } from "../../crds/enginebuild.ts";
import { FaceModel } from "../../crds/facemodel.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels, type BuiltModels } from "../../hack/models/build-models.ts";
import {
  ENROLLED,
  prepareScenes,
  quickstartScripts,
  serveCameras,
  SETS,
  storeDataset,
  type CameraServer,
  type StoredDataset,
} from "../../hack/people/people.ts";
import { readExample } from "../../hack/quickstart/examples.ts";
import { listening, type LocalServer } from "../../hack/quickstart/local-server.ts";
import { mergePatch } from "../support/api.ts";
import { core, namespace, ours, podReference, startFleet, starting, type Fleet } from "../support/fleet.ts";

/**
 * One node's runtime as a process of its own: real networks, drawn people before an HTTP camera, a real API server that
 * lets it do what its service account may, and a receiver of events that comes and goes.
 */

const node = "orin-a";
const camera = "entrance";
const main = fileURLToPath(new URL("../../runtime/main.ts", import.meta.url));
/** The person before the camera. */
const [amara] = ENROLLED;

interface TrackEvent {
  id: string;
  type: string;
  sequence: string;
  data: { revision: string; identity?: { known: boolean; person?: string } };
}

/** Receives events, unless it is away. */
class Hub {
  isAway = false;
  readonly received: TrackEvent[] = [];
  readonly server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      if (!this.isAway) this.received.push(JSON.parse(body) as TrackEvent);
      response.writeHead(this.isAway ? 503 : 202).end();
    });
  });

  /** Numbers of the events, without repeats. */
  get sequences(): number[] {
    return [...new Set(this.received.map(({ sequence }) => Number(sequence)))].sort((a, b) => a - b);
  }

  has(type: string, revision: string, person: string): boolean {
    return this.received.some(
      (event) =>
        event.type.endsWith(type) && event.data.revision === revision && event.data.identity?.person === person,
    );
  }
}

/** A runtime in a process. */
class Runtime {
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #url = Promise.withResolvers<string>();
  log = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const path = [dirname(process.execPath), process.env.PATH ?? ""].join(":");
    this.#child = spawn(process.execPath, [main, ...args], {
      env: { PATH: path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.log += `${line}\n`;
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) this.#url.resolve(url);
    });
    this.#url.promise.catch(() => undefined);
    this.exited = once(this.#child, "exit").then(([code]) => {
      this.#url.reject(new Error(`the runtime ended: ${this.log}`));
      return code as number | null;
    });
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(new URL(path, await this.#url.promise));
    return { status: response.status, text: await response.text() };
  }

  /** A metric by its name and labels as they are written out; 0 when there is none. */
  async metric(series: string): Promise<number> {
    const { text } = await this.get("/metrics");
    const line = text.split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.split(" ").at(-1) ?? 0);
  }

  frames(outcome: string): Promise<number> {
    return this.metric(`facefleet_frames_total{camera="${camera}",outcome="${outcome}"}`);
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited;
  }
}

let folder: string;
let fleet: Fleet;
let models: BuiltModels;
let set: StoredDataset;
let cameras: CameraServer;
let hub: Hub;
let local: LocalServer;
let runtime: Runtime;
let first: SlotRevision;
let second: SlotRevision;
/** Variables by which the runtime finds the API server. */
let env: Record<string, string>;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}

/** Builds the quickstart's model with a recognizer, as a build Job does. */
async function build(revision: string, recognizer: keyof BuiltModels): Promise<SlotRevision> {
  const variables = {
    ARTIFACTS: pathToFileURL(dirname(models[recognizer].path)).href,
    RECOGNIZER: recognizer,
    DIGEST_DETECTOR: models["tiny-face-detector"].digest,
    DIGEST_LANDMARKS: models["face-landmarks"].digest,
    DIGEST_RECOGNIZER: models[recognizer].digest,
    DIGEST_EXPRESSION: models["face-expression"].digest,
  };
  const [object] = await readExample("facemodel.yaml", variables, namespace);
  const { networks } = FaceModel.spec.parse((object as unknown as { spec: unknown }).spec);
  const recipe = EngineBuild.spec.parse({
    model: "doors",
    revision,
    nodeName: node,
    networks,
    precision: "FP32",
    engine: {},
    gate: { dataset: dataset(), checks: [{ metric: "DetectionRate", atLeast: "0.9" }] },
    image: "facefleet",
    timeout: "5m",
  });
  const [recipeFile, report] = [join(folder, `${revision}.json`), join(folder, `${revision}.report`)];
  await writeFile(recipeFile, JSON.stringify(recipe));
  const flags = [
    `--recipe=${recipeFile}`,
    `--store=${join(folder, "store")}`,
    `--host-root=${folder}`,
    `--report=${report}`,
  ];
  const job = new Runtime(["build", ...flags], {});
  expect(await job.exited).toBe(0);
  const { verdict, engineKey, message } = parseBuildReport(await readFile(report, "utf8"))!;
  if (verdict !== "Success") throw new Error(message);
  return { revision, engineKey: engineKey! };
}

function dataset() {
  const { path, digest } = set;
  return { name: "enrollment", source: { uri: pathToFileURL(path).href, digest }, format: "ImageFolder" } as const;
}

/** Says what the node is to do, and waits until it says that it does. */
async function want(slots: { active: SlotRevision; standby?: SlotRevision }): Promise<void> {
  const path = `${ours}/noderuntimes/${node}`;
  const people = ENROLLED.map(({ id }) => ({ id }));
  const entrance = {
    name: camera,
    source: { type: "HTTP", url: cameras.url(camera) },
    gallery: "staff",
    maxFramesPerSecond: 10,
    infer: { identity: true, expression: true },
    sinks: [{ name: "hub", type: "HTTP", url: local.url }],
  };
  const spec = {
    slots: { standby: null, ...slots },
    trial: null,
    galleries: [{ name: "staff", version: "v1", dataset: dataset(), people }],
    cameras: [entrance],
  };
  const reply = await fleet.admin.send<NodeRuntime>("PATCH", path, { spec }, mergePatch);
  expect(reply.message).toBe("");
  const { generation } = reply.body.metadata;
  await until(async () => {
    const { status } = (await fleet.admin.send<NodeRuntime>("GET", path)).body;
    const isDone =
      status?.observedGeneration === generation && status.slots?.active?.revision === slots.active.revision;
    return isDone && status.conditions?.[0]?.status === "True";
  });
}

function start(changes: Record<string, string> = {}): Runtime {
  const flags = [
    `--node=${node}`,
    `--namespace=${namespace}`,
    `--store=${join(folder, "store")}`,
    `--secrets=${join(folder, "secrets")}`,
    `--service-account=${join(folder, "account")}`,
    "--listen=127.0.0.1:0",
    "--evidence-interval=1s",
  ];
  return new Runtime(["serve", ...flags], { ...env, ...changes });
}

/** Mounts the service account as the pod of the node has it. */
async function mountAccount(): Promise<void> {
  const account = join(folder, "account");
  const boundObjectRef = await podReference(fleet.admin, `runtime-${node}`);
  const path = `${core}/serviceaccounts/facefleet-runtime/token`;
  const { body } = await fleet.admin.send<{ status: { token: string } }>("POST", path, { spec: { boundObjectRef } });
  await mkdir(account, { recursive: true });
  await writeFile(join(account, "token"), body.status.token);
  await writeFile(join(account, "ca.crt"), await readFile(fleet.cluster.authorityFile));
  const { hostname, port } = new URL(fleet.cluster.server);
  env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "runtime-"));
  const cache = cacheDirectory();
  const script = quickstartScripts({ fps: 5, seconds: 9 }).find((each) => each.camera === camera)!;
  const visits = script.visits.filter(({ person }) => person.id === amara!.id);
  [fleet, models, set] = await Promise.all([startFleet(), buildModels(), storeDataset(SETS.enrollment, { cache })]);
  cameras = await serveCameras(await prepareScenes([{ ...script, visits }], { cache }), { fpsScale: 2 });
  hub = new Hub();
  local = await listening(hub.server);
  await mkdir(join(folder, "secrets", "galleries", "staff"), { recursive: true });
  await writeFile(join(folder, "secrets", "galleries", "staff", "key"), "42".repeat(32));
  await mountAccount();
  first = await build("first", "face-recognition");
  second = await build("second", "face-recognition-bytes");
  runtime = start();
}, starting);

afterAll(async () => {
  await runtime.end("SIGKILL");
  await Promise.all([cameras.close(), local[Symbol.asyncDispose](), fleet.stop()]);
  await rm(folder, { recursive: true });
});

describe("a runtime in a process of its own", () => {
  test("tells who is before the camera", async () => {
    await want({ active: first });
    await until(() => hub.has("identified", "first", amara!.id));
    await until(() => hub.has("ended", "first", amara!.id));
    const strangers = hub.received.filter(
      ({ data }) => data.identity?.known === true && data.identity.person !== amara!.id,
    );
    expect(strangers).toEqual([]);
  });

  test("swaps under load without losing a frame, and goes on telling", async () => {
    await want({ active: first, standby: second });
    for (const slots of [{ active: second, standby: first }, { active: first, standby: second }, { active: second }]) {
      const seen = await runtime.frames("seen");
      await want(slots);
      await until(async () => (await runtime.frames("seen")) >= seen + 10);
    }
    await until(() => hub.has("ended", "second", amara!.id));
    expect(await runtime.metric("facefleet_swaps_total")).toBe(3);
    expect(await runtime.metric(`facefleet_frames_lost_total{camera="${camera}",reason="swap"}`)).toBe(0);
    expect(await runtime.frames("failed")).toBe(0);
    const ends = await Promise.all(
      ["seen", "dropped", "unreadable", "noModel", "failed"].map((each) => runtime.frames(each)),
    );
    const taken = await runtime.metric(`facefleet_frames_taken_total{camera="${camera}"}`);
    expect(Math.abs(taken - ends.reduce((sum, count) => sum + count))).toBeLessThanOrEqual(4);
  });

  test("loses no event that it had accepted when it is killed while the receiver is away", async () => {
    hub.isAway = true;
    const accepted = 'facefleet_events_total{outcome="accepted"}';
    const before = await runtime.metric(accepted);
    await until(async () => (await runtime.metric(accepted)) >= before + 3);
    const last = await runtime.metric(accepted);
    await runtime.end("SIGKILL");
    expect(hub.sequences.at(-1)).toBeLessThan(last);
    runtime = start();
    hub.isAway = false;
    await until(() => (hub.sequences.at(-1) ?? 0) >= last);
    expect(hub.sequences).toEqual(Array.from({ length: hub.sequences.length }, (_, index) => index + 1));
  });

  test("delivers what it has before it ends at SIGTERM", async () => {
    await until(async () => (await runtime.frames("seen")) > 5);
    const lastOf = (type: string) => hub.received.findLastIndex((event) => event.type.endsWith(type));
    await until(() => lastOf("identified") > lastOf("ended"));
    expect(await runtime.end("SIGTERM")).toBe(0);
    expect(hub.received.at(-1)?.type).toBe("dev.facefleet.track.ended");
    expect(hub.sequences).toEqual(Array.from({ length: hub.sequences.length }, (_, index) => index + 1));
  });

  test("serves by what it knows while the API server is away", async () => {
    const told = hub.received.length;
    runtime = start({ KUBERNETES_SERVICE_PORT: "1" });
    await until(async () => (await runtime.get("/readyz")).status === 200);
    await until(() => hub.received.slice(told).some(({ data }) => data.identity?.person === amara!.id));
    expect(hub.received.at(-1)?.data.revision).toBe("second");
    expect(runtime.log).toContain("list failed");
  });

  test("names nobody in its log, its metrics and its status", async () => {
    const { text } = await runtime.get("/metrics");
    const { body } = await fleet.admin.send<NodeRuntime>("GET", `${ours}/noderuntimes/${node}`);
    const told = [runtime.log, text, JSON.stringify(body.status)].join("\n");
    for (const { id } of ENROLLED) expect(told).not.toContain(id);
  });
});

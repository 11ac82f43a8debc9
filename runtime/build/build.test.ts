import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import sharp from "sharp";
import { create } from "tar";
import { parseBuildReport, type BuildReport } from "../../crds/buildreport.ts";
import type { EngineBuildSpec } from "../../crds/enginebuild.ts";
import { digestOf } from "../engine/digest.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { elements } from "../graph/elements.ts";
import { mainGraph } from "../graph/main-graph.ts";
import { loadEngines } from "../engine/load.ts";
import { openStore } from "../engine/store.ts";
import { writeTinyModels, type TinyModels } from "../engine/tiny-models.fake.ts";

/** The real command in processes of its own, on tiny networks that see colors and pictures of one color a person. */

let folder: string;
let spec: EngineBuildSpec;
let tiny: TinyModels;
let store: string;
let runs = 0;

/** People who differ in green and blue, and are red enough to be found. */
async function drawSet(): Promise<EngineBuildSpec["gate"]["dataset"]> {
  for (let person = 0; person < 12; person++) {
    const directory = join(folder, "set", `p-${person}`);
    await mkdir(directory, { recursive: true });
    for (let k = 0; k < 4; k++) {
      const background = { r: 200, g: 20 * person, b: 5 * k };
      await sharp({ create: { width: 48, height: 48, channels: 3, background } })
        .png()
        .toFile(join(directory, `${k}.png`));
    }
  }
  const archive = join(folder, "set.tar");
  await create({ cwd: join(folder, "set"), file: archive }, ["."]);
  const source = { uri: `file://${archive}`, digest: digestOf(await readFile(archive)) };
  return { name: "gate", source, format: "ImageFolder" };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "build-"));
  tiny = await writeTinyModels(join(folder, "models"));
  const checks = [
    { metric: "DetectionRate", atLeast: "0.99", worstSubgroup: false },
    { metric: "OutputParity", atLeast: "0.999", worstSubgroup: false },
    { metric: "RankOne", atLeast: "0.9", margin: "0.2", worstSubgroup: false },
  ] as const;
  spec = {
    model: "lobby",
    revision: "r1",
    nodeName: "orin-1",
    attempt: 0,
    networks: tiny.networks,
    precision: "FP32",
    engine: { backend: "Auto", scope: "Node" },
    gate: { dataset: await drawSet(), alpha: "0.05", checks: [...checks] },
    image: "facefleet-runtime",
    timeout: "10m",
  };
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  store = join(folder, `store-${runs++}`);
});
afterEach(() => rm(store, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  report: BuildReport | undefined;
  /** Steps and messages as they were told. */
  told: { step?: string; msg: string; key?: string; note?: string }[];
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once a line of the output holds a text. */
  readonly said: (part: string) => Promise<void>;
}

/** Starts `build` on a recipe; `ended` gives what came of it. */
async function start(recipe: unknown, flags: string[] = []): Promise<Run> {
  const name = join(folder, `run-${runs++}`);
  await writeFile(`${name}.json`, JSON.stringify(recipe));
  const own = [`--recipe=${name}.json`, `--store=${store}`, `--host-root=${folder}`, `--report=${name}-report.json`];
  const main = join(import.meta.dirname, "../main.ts");
  const child = spawn(process.execPath, [main, "build", ...own, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ended = once(child, "close").then(async (): Promise<Ended> => {
    const lines = output.split("\n").filter((line) => line !== "");
    const report = await readFile(`${name}-report.json`, "utf8").catch(() => "");
    const told = lines.map((line) => JSON.parse(line) as Ended["told"][number]);
    return { code: child.exitCode, report: parseBuildReport(report), told };
  });
  const said = async (part: string) => {
    while (!output.includes(part)) await once(child.stdout, "data");
  };
  return { child, ended, said };
}

const build = async (recipe: unknown, flags?: string[]) => (await start(recipe, flags)).ended;

/** What is in the store: keys of engines, and what is unfinished. */
async function inStore() {
  const list = (name: string) => readdir(join(store, name)).catch(() => []);
  return { engines: await list("engines"), work: await list("work"), locks: await list("locks") };
}

describe("a build", () => {
  test("tells its steps, publishes engines that passed, and reports them", async () => {
    const { code, report, told } = await build(spec);
    expect(code).toBe(0);
    expect(report).toMatchObject({ verdict: "Success", reused: false, message: "all checks hold" });
    expect(report!.measurements!.map(({ metric, verdict }) => `${metric} ${verdict}`)).toEqual([
      "DetectionRate Success",
      "OutputParity Success",
      "RankOne Success",
      "RankOne Success",
    ]);
    expect([...new Set(told.flatMap(({ step }) => step ?? []))]).toEqual([
      "preflight",
      "pull",
      "build",
      "golden",
      "gate",
      "publish",
    ]);
    expect(await inStore()).toEqual({ engines: [report!.engineKey], work: [], locks: [] });
    const { manifest } = await loadEngines(join(store, "engines", report!.engineKey!));
    expect(manifest.engines.map(({ network, digest }) => ({ network, digest }))).toEqual(
      report!.engines!.map(({ network, digest }) => ({ network, digest })),
    );
  });

  test("in INT8 measures ranges on the calibration set and computes with integers", async () => {
    const calibration = spec.gate.dataset;
    const { code, report, told } = await build({ ...spec, precision: "INT8", calibration });
    expect([code, report]).toMatchObject([0, { verdict: "Success", message: "all checks hold" }]);
    expect(told.map(({ msg }) => msg)).toContain("model reduced");
    const { manifest, engines } = await loadEngines(join(store, "engines", report!.engineKey!));
    expect(manifest.precision).toBe("INT8");
    const recognizer = engines.find(({ network }) => network === "recognizer")!;
    const operators = mainGraph(decodeModel(recognizer.content)).node.map(({ opType }) => opType);
    expect(operators).toContain("QuantizeLinear");
    const floats = await build(spec);
    expect(floats.report!.engineKey).not.toBe(report!.engineKey);
    expect(await inStore()).toMatchObject({ work: [], locks: [] });
  });

  test("in FP16 keeps numbers in halves, and calls its engines so", async () => {
    const { code, report } = await build({ ...spec, precision: "FP16" });
    expect([code, report]).toMatchObject([0, { verdict: "Success", message: "all checks hold" }]);
    const { manifest, engines } = await loadEngines(join(store, "engines", report!.engineKey!));
    expect(manifest.precision).toBe("FP16");
    const types = engines.map(({ content }) => mainGraph(decodeModel(content)).initializer[0]!.dataType);
    expect(types).toEqual(engines.map(() => elements.float16.code));
  });

  test("reuses engines that are there, and judges them all the same", async () => {
    const first = await build(spec);
    const { report } = await build({ ...spec, revision: "r2" });
    expect(report).toMatchObject({ verdict: "Success", reused: true, engineKey: first.report!.engineKey });
    expect(report!.measurements).toHaveLength(4);
  });

  test("builds anew what is damaged", async () => {
    const { report } = await build(spec);
    const directory = join(store, "engines", report!.engineKey!);
    await appendFile(join(directory, "recognizer.onnx"), "x");
    const again = await build(spec);
    expect(again.report).toMatchObject({ verdict: "Success", reused: false, engineKey: report!.engineKey });
    expect(again.told.map(({ msg }) => msg)).toContain("damaged engines removed");
    expect((await loadEngines(directory)).manifest.key).toBe(report!.engineKey);
  });

  test("that fails its gate ends well, reports why, and publishes nothing", async () => {
    const gate = { ...spec.gate, checks: [{ metric: "LatencyP50", atMost: "0ms", worstSubgroup: false }] };
    const { code, report } = await build({ ...spec, gate });
    expect(code).toBe(0);
    expect(report).toMatchObject({ verdict: "Failure", measurements: [{ metric: "LatencyP50", verdict: "Failure" }] });
    expect(report!.message).toMatch(/^LatencyP50: .* wanted at most 0 milliseconds$/);
    expect((await inStore()).engines).toEqual([]);
  });

  test("is compared with the champion's engines on the same pictures", async () => {
    const { report } = await build(spec);
    const champion = { revision: "r1", engineKey: report!.engineKey! };
    const other = await writeTinyModels(join(folder, "other-models"), { scale: 0.99 });
    const next = await build({ ...spec, networks: other.networks, champion });
    expect(next.report!.verdict).toBe("Success");
    const paired = next.report!.measurements!.find(({ bound }) => bound === "-0.2");
    expect(paired).toMatchObject({ metric: "RankOne", value: "0", n: 48, verdict: "Success" });
  });

  test("on a node with TensorRT that this build cannot use says so", async () => {
    const status = "Package: libnvinfer10\nStatus: install ok installed\nVersion: 10.3.0.30-1+cuda12.5\n";
    await mkdir(join(folder, "host/var/lib/dpkg"), { recursive: true });
    await writeFile(join(folder, "host/var/lib/dpkg/status"), status);
    const flags = [`--host-root=${join(folder, "host")}`];
    const { report, told } = await build(spec, flags);
    expect(report!.hardware).toMatchObject({ tensorrt: "10.3.0.30" });
    expect(told[0]!.note).toContain("the node has TensorRT 10.3.0.30");
    const { manifest } = await loadEngines(join(store, "engines", report!.engineKey!));
    expect(manifest.backend.note).toContain("the node has TensorRT 10.3.0.30");
    const asked = await build({ ...spec, engine: { ...spec.engine, backend: "TensorRT" } }, flags);
    expect(asked).toMatchObject({ code: 1, report: { verdict: "Error", retryable: false } });
    expect(asked.report!.message).toContain("spec.engine.backend TensorRT is not available");
  });
});

describe("what cannot be judged is an error, which says whether to try again", () => {
  const wrong = { digest: `sha256:${"0".repeat(64)}` };

  test.each<[string, () => object, boolean, string]>([
    ["no spec of an EngineBuild", () => ({ ...spec, networks: [] }), false, "is no spec of an EngineBuild"],
    [
      "a digest that does not match",
      () => change({ source: { ...spec.networks[0]!.source, ...wrong } }),
      false,
      "hashes to",
    ],
    ["a model that is nowhere", () => change({ source: { ...wrong, uri: "file:///nowhere.onnx" } }), false, "neither"],
    [
      "an input of another size",
      () => change({ input: { ...spec.networks[0]!.input, width: 64 } }),
      false,
      "the model takes",
    ],
    [
      "INT8 without a calibration set",
      () => ({ ...spec, precision: "INT8" }),
      false,
      "spec.precision INT8 needs spec.calibration",
    ],
    [
      "a champion that is not in the store",
      () => ({ ...spec, champion: { revision: "r0", engineKey: "gone" } }),
      false,
      "there are no engines in",
    ],
    [
      "a metric that the set has no labels for",
      () => withCheck({ metric: "ExpressionWAR", atLeast: "0.5" }),
      false,
      "no picture of the dataset is labelled",
    ],
    ["a format that is not read", () => withSet({ format: "DFEW" }), false, "reads ImageFolder"],
  ])(
    "%s",
    async (name, recipe, retryable, message) => {
      const { code, report } = await build(recipe());
      expect({ name, code, ...report }).toMatchObject({ name, code: 1, verdict: "Error", retryable });
      expect(report!.message).toContain(message);
      expect(await inStore()).toMatchObject({ engines: [], work: [], locks: [] });
    },
    60_000,
  );

  function change(changes: object): object {
    return { ...spec, networks: [{ ...spec.networks[0], ...changes }, ...spec.networks.slice(1)] };
  }
  function withCheck(check: object): object {
    return { ...spec, gate: { ...spec.gate, checks: [check] } };
  }
  function withSet(changes: object): object {
    return { ...spec, gate: { ...spec.gate, dataset: { ...spec.gate.dataset, ...changes } } };
  }
});

describe("a build that is ended early", () => {
  /** A recipe whose gate takes long enough to be interrupted in: the set many times over. */
  async function long(): Promise<EngineBuildSpec> {
    const pictures = join(folder, "long");
    for (let k = 0; k < 12; k++) await cp(join(folder, "set"), join(pictures, `copy-${k}`), { recursive: true });
    const archive = join(folder, "long.tar");
    await create({ cwd: pictures, file: archive }, ["."]);
    const source = { uri: `file://${archive}`, digest: digestOf(await readFile(archive)) };
    return { ...spec, gate: { ...spec.gate, dataset: { ...spec.gate.dataset, source } } };
  }

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const)(
    "by %s leaves no engine, and the next one finds a clean store",
    async (signal, code) => {
      const { child, ended, said } = await start(await long());
      await said('"step":"golden"');
      child.kill(signal);
      const { report, ...end } = await ended;
      expect(end.code).toBe(code);
      if (signal !== "SIGKILL") {
        expect(report).toMatchObject({
          verdict: "Error",
          retryable: true,
          message: expect.stringContaining("stopped"),
        });
        expect(await inStore()).toMatchObject({ engines: [], work: [], locks: [] });
      }
      await openStore(store);
      expect((await inStore()).engines).toEqual([]);
      expect((await inStore()).work).toEqual([]);
      expect((await build(spec)).report!.verdict).toBe("Success");
    },
    60_000,
  );

  test("does not keep another build from its end: two at once make one engine", async () => {
    const both = await Promise.all([build(spec), build(spec)]);
    expect(both.map(({ report }) => report!.verdict)).toEqual(["Success", "Success"]);
    expect(both.map(({ report }) => report!.reused).sort()).toEqual([false, true]);
    expect((await inStore()).engines).toHaveLength(1);
  }, 60_000);
});

test("flags that are missing are told on stderr", async () => {
  const main = join(import.meta.dirname, "../main.ts");
  const child = spawn(process.execPath, [main, "build"], { stdio: ["ignore", "ignore", "pipe"] });
  const [errors] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(errors).toBe("build: required option '--recipe <file>' not specified; see --help\n");
  expect(child.exitCode).toBe(2);
});

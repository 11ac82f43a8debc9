import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Network } from "../../crds/network.ts";
import { buildModels, type BuiltModels } from "../../hack/models/build-models.ts";
import { createRandom, drawFace, drawIdentity, drawView, type Felt, type Picture } from "../../hack/people/people.ts";
import { buildEngines } from "../engine/build-engines.ts";
import { onnxRuntime } from "../engine/onnxruntime.ts";
import { distances } from "../faces/distance.ts";
import type { FaceObservation } from "./analysis.ts";
import { loadAnalyzer, type Analyzer } from "./analyzer.ts";

/** The pretrained networks of face-api, built and loaded as on a node, look at people whose truth is known. */

let folder: string;
let analyzer: Analyzer;

const template = [
  ["0.30", "0.28"],
  ["0.70", "0.28"],
  ["0.50", "0.55"],
  ["0.33", "0.73"],
  ["0.67", "0.73"],
];
const labels = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"];

function networksOf(models: BuiltModels): { network: Network; path: string }[] {
  const parts = [
    [
      "tiny-face-detector",
      224,
      { type: "None" },
      { tensors: ["grid"], role: "Boxes", decoder: "TinyYolo2", threshold: "0.3" },
    ],
    [
      "face-landmarks",
      112,
      { type: "BoundingBox" },
      { tensors: ["landmarks"], role: "Landmarks", decoder: "Points68" },
    ],
    [
      "face-recognition",
      150,
      { type: "Points", template },
      { tensors: ["embedding"], role: "Embedding", metric: "L2", threshold: "0.45" },
    ],
    ["face-expression", 112, { type: "BoundingBox" }, { tensors: ["logits"], role: "Expression", labels }],
  ] as const;
  return parts.map(([name, side, crop, output]) => {
    const { path, digest } = models[name];
    const source = { uri: `file://${path}`, digest };
    const input = { name: "image", width: side, height: side };
    return { path, network: Network.parse({ name, source, input, crop, outputs: [{ name: "out", ...output }] }) };
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "real-networks-"));
  const parts = networksOf(await buildModels());
  const directory = join(folder, "engine");
  await mkdir(directory);
  await buildEngines(
    {
      key: "real",
      model: "face-api",
      revision: "r1",
      networks: parts.map(({ network }) => network),
      precision: "FP32",
      choice: { backend: onnxRuntime },
      hardware: {},
    },
    {
      models: new Map(parts.map(({ network, path }) => [network.name, path])),
      directory,
      threads: 1,
      now: new Date(0),
    },
  );
  analyzer = await loadAnalyzer(directory);
}, 120_000);

afterAll(async () => {
  await analyzer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A person in a picture of 288 by 288 pixels. */
function draw(person: number, felt: Felt, view: number): Picture {
  const size = { width: 288, height: 288 };
  const identity = drawIdentity(person);
  return drawFace({ identity, expression: felt, view: drawView(createRandom(view), size), size, seed: view });
}

async function see({ width, height, rgb }: Picture): Promise<FaceObservation> {
  const data = Uint8Array.from(rgb);
  const { faces } = await analyzer.analyze({ width, height, data }, { identity: true, expression: true });
  expect(faces).toHaveLength(1);
  return faces[0]!;
}

const neutral: Felt = { name: "neutral", strength: 1 };
const people = [7101, 7102, 7103, 7104];

describe("the networks of face-api", () => {
  test("find the face and its points where they were drawn", async () => {
    for (const person of people) {
      const picture = draw(person, neutral, person);
      const { box, points } = await see(picture);
      const { points: drawn } = picture.truth;
      const eyes = Math.hypot(drawn[1][0] - drawn[0][0], drawn[1][1] - drawn[0][1]);
      for (const [k, [x, y]] of drawn.entries()) {
        expect(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height).toBe(true);
        expect(Math.hypot(points![k]!.x - x, points![k]!.y - y)).toBeLessThan(0.3 * eyes);
      }
    }
  });

  test("tell people apart by their distance", async () => {
    const seen: { person: number; embedding: Float32Array }[] = [];
    for (const person of people) {
      for (const view of [1, 2]) seen.push({ person, embedding: (await see(draw(person, neutral, view))).embedding! });
    }
    const all = seen.flatMap((a, k) =>
      seen.slice(k + 1).map((b) => ({ same: a.person === b.person, far: distances.L2(a.embedding, b.embedding, 0) })),
    );
    const middle = (same: boolean) => {
      const sorted = all.filter((pair) => pair.same === same).map(({ far }) => far);
      return sorted.toSorted((a, b) => a - b)[Math.floor(sorted.length / 2)]!;
    };
    expect(middle(true)).toBeLessThan(0.45);
    expect(middle(false)).toBeGreaterThan(0.45);
  });

  test("read a surprised face", async () => {
    const { expression } = await see(draw(people[0]!, { name: "surprised", strength: 1 }, 3));
    expect(expression).toMatchObject({ label: "surprised", reported: true });
  });
});

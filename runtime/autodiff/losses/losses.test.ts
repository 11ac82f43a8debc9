import { describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../graph/codec/encode.ts";
import { input, type Input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model } from "../../graph/graph.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import { numbers } from "../../graph/literals.ts";
import { cast } from "../../graph/operators.ts";
import { writeModel } from "../../graph/write.ts";
import { gradients } from "../gradients.ts";
import { arcFace } from "./arcface.ts";
import { consistency, crossEntropy, symmetricCrossEntropy } from "./cross-entropy.ts";
import { klDivergence } from "./divergence.ts";
import { entropy, softLikelihoodRatio } from "./entropy.ts";
import { meanLoss, normalizeRows, weightedMeanLoss, type LossOptions } from "./loss.ts";
import { ntXent } from "./nt-xent.ts";

interface Case {
  readonly loss: string;
  readonly options: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, { readonly dims: readonly number[]; readonly values: readonly number[] }>>;
  readonly labels?: readonly number[];
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const { cases } = JSON.parse(await readFile(`${import.meta.dirname}/oracle/losses.json`, "utf8")) as {
  cases: readonly Case[];
};

/** What losses need to know of their case: the number of classes, and of pairs. */
type Sizes = { readonly classes: number; readonly pairs: number };

type Given = Readonly<Record<string, Value>>;

const losses: Readonly<Record<string, (given: Given, options: LossOptions & Sizes) => Value>> = {
  entropy: ({ logits }, options) => entropy(logits!, options),
  softLikelihoodRatio: ({ logits }, options) => softLikelihoodRatio(logits!, options),
  crossEntropy: ({ logits, labels }, options) => crossEntropy(logits!, labels!, options),
  consistency: ({ logits, teacher }, options) => consistency(logits!, teacher!, options),
  symmetricCrossEntropy: ({ logits, teacher }, options) => symmetricCrossEntropy(logits!, teacher!, options),
  klDivergence: ({ p, q }, options) => klDivergence(p!, q!, options),
  arcFace: ({ embeddings, centers, labels }, options) =>
    crossEntropy(arcFace({ embeddings: embeddings!, centers: centers!, labels: labels! }, options), labels!, options),
  ntXent: ({ first, second }, options) => ntXent(first!, second!, options),
};

function modelFor(inputs: readonly Input[], values: ReadonlyMap<string, Value>, opset: number): Model {
  const outputs = [...values].map(([name, value]) => ({ name, value, type: "float32" }) as const);
  return modelOf({ name: "loss", inputs, outputs }, { opset, irVersion: 8, producer: "facefleet" });
}

async function run(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, readonly number[]>> {
  const file = encodeModel(writeModel(model));
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}

function feedsOf({ inputs, labels }: Case): Record<string, Tensor> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dims, values }]) => [
      name,
      new Tensor("float32", Float32Array.from(values), dims),
    ]),
  );
  return labels === undefined ? feeds : { ...feeds, labels: new Tensor("int64", labels.map(BigInt), [labels.length]) };
}

function sizesOf({ inputs }: Case): Sizes {
  const [rows, columns] = Object.values(inputs)[0]!.dims as [number, number];
  return { classes: inputs.centers?.dims[0] ?? columns, pairs: rows };
}

/** The inputs of a case; with `batch` the number of rows is a name, as in a model for batches of any size. */
function inputsOf({ inputs, labels }: Case, batch?: string): readonly Input[] {
  const floats = Object.entries(inputs).map(([name, { dims }]) =>
    input(name, "float32", batch === undefined || name === "centers" ? dims : [batch, ...dims.slice(1)]),
  );
  return labels === undefined ? floats : [...floats, input("labels", "int64", [batch ?? labels.length])];
}

/** The largest difference, relative to the largest value. */
function difference(ours: readonly number[], theirs: readonly number[]): number {
  expect(ours).toHaveLength(theirs.length);
  const largest = Math.max(...theirs.map(Math.abs), 1e-6);
  return Math.max(...theirs.map((value, index) => Math.abs(value - ours[index]!))) / largest;
}

const stories = cases.flatMap((given, index) => [
  { ...given, index, opset: 11, batch: undefined },
  { ...given, index, opset: 17, batch: "N" },
]);

describe("losses are those of PyTorch, as are their gradients", () => {
  test.each(stories)("$loss, case $index, opset $opset", async (story) => {
    const { loss, options, opset, batch } = story;
    const inputs = inputsOf(story, batch);
    const given = Object.fromEntries(inputs.map((value) => [value.name, value]));
    const each = losses[loss]!(given, { ...options, ...sizesOf(story), opset });
    const mean = meanLoss(each, { opset });
    const types = inferTypes(modelFor(inputs, new Map([["mean", mean]]), opset));
    const slopes = gradients({ of: mean, wrt: inputs.filter(({ type }) => type === "float32"), types, opset });
    const values = new Map<string, Value>([["losses", each]]);
    for (const [value, slope] of slopes) values.set(`gradient.${(value as Input).name}`, slope);
    const found = await run(modelFor(inputs, values, opset), feedsOf(story));
    expect(difference(found.losses!, story.losses)).toBeLessThan(1e-5);
    for (const [name, slope] of Object.entries(story.gradients))
      expect([name, difference(found[`gradient.${name}`]!, slope)]).toEqual([name, expect.closeTo(0, 5)]);
  });
});

/** The losses of rows of logits, and the slopes of their sum. */
async function slopesOf(
  rows: Readonly<Record<string, readonly (readonly number[])[]>>,
  of: (given: Given) => Value,
): Promise<Record<string, readonly number[]>> {
  const inputs = Object.entries(rows).map(([name, values]) =>
    input(name, "float32", [values.length, values[0]!.length]),
  );
  const each = of(Object.fromEntries(inputs.map((value) => [value.name, value])));
  const types = inferTypes(modelFor(inputs, new Map([["losses", each]]), 17));
  const values = new Map<string, Value>([["losses", each]]);
  for (const [value, slope] of gradients({ of: each, wrt: inputs, types, opset: 17 }))
    values.set(`gradient.${(value as Input).name}`, slope);
  const feeds = Object.entries(rows).map(([name, values]): [string, Tensor] => [
    name,
    new Tensor("float32", Float32Array.from(values.flat()), [values.length, values[0]!.length]),
  ]);
  return run(modelFor(inputs, values, 17), Object.fromEntries(feeds));
}

test("a view is not compared with itself at a temperature at which all others are far away", async () => {
  const far = await slopesOf({ first: [[1, 0]], second: [[-1, 0]] }, ({ first, second }) =>
    ntXent(first!, second!, { opset: 17, pairs: 1, temperature: 5e-5 }),
  );
  // There is one other only.
  expect(far.losses!.map(Math.abs)).toEqual([0, 0]);
});

describe("a row of zeros, of which there is no unit vector,", () => {
  const rows = [
    [0, 0],
    [3, 4],
  ];

  test("stays one and lets through what comes back", async () => {
    const found = await slopesOf({ rows }, ({ rows }) => normalizeRows(rows!, { opset: 17 }));
    expect(found.losses!.map(Math.fround)).toEqual([0, 0, 0.6, 0.8].map(Math.fround));
    expect(found["gradient.rows"]!.slice(0, 2)).toEqual([1, 1]);
  });

  test("stays one in half precision", async () => {
    const found = await slopesOf({ rows }, ({ rows }) =>
      cast(normalizeRows(cast(rows!, "float16"), { opset: 17, type: "float16" }), "float32"),
    );
    expect(found.losses!.slice(0, 2)).toEqual([0, 0]);
    expect(found["gradient.rows"]!.slice(0, 2)).toEqual([1, 1]);
  });
});

test.each([0, 0.1])(
  "a row whose label is none of the classes has no loss and no slope (smoothing %d)",
  async (smoothing) => {
    const found = await slopesOf(
      {
        logits: [
          [1, 2],
          [3, 1],
          [0, 1],
        ],
      },
      ({ logits }) => crossEntropy(logits!, numbers("int64", [3], [-100, 0, 2]), { opset: 17, classes: 2, smoothing }),
    );
    expect(found.losses!.map((loss) => loss > 0)).toEqual([false, true, false]);
    expect(found["gradient.logits"]!.map((slope) => slope !== 0)).toEqual([false, false, true, true, false, false]);
  },
);

describe("a class that is impossible", () => {
  const logits = [
    [0, -Infinity, 0],
    [3e38, -3e38, 3e38],
  ];
  const nothing = [0, 0, 0, 0, 0, 0];

  test("adds nothing to the entropy, and has no slope", async () => {
    const found = await slopesOf({ logits }, ({ logits }) => entropy(logits!, { opset: 17 }));
    expect(found.losses!.map((loss) => loss.toFixed(5))).toEqual([Math.LN2.toFixed(5), Math.LN2.toFixed(5)]);
    for (const slope of found["gradient.logits"]!) expect(slope).toBeCloseTo(0, 6);
  });

  test("to both of two predictions adds nothing to how far they are apart", async () => {
    const found = await slopesOf({ p: logits, q: logits }, ({ p, q }) => klDivergence(p!, q!, { opset: 17 }));
    expect(found).toEqual({ losses: [0, 0], "gradient.p": nothing, "gradient.q": nothing });
  });

  test("to both teacher and pupil adds nothing to their consistency", async () => {
    const found = await slopesOf({ logits, teacher: logits }, ({ logits, teacher }) =>
      symmetricCrossEntropy(logits!, teacher!, { opset: 17 }),
    );
    for (const loss of found.losses!) expect(loss).toBeCloseTo(Math.LN2, 5);
    for (const name of ["logits", "teacher"])
      for (const slope of found[`gradient.${name}`]!) expect(slope).toBeCloseTo(0, 6);
  });
});

test("a weighted mean leaves out what weighs nothing and divides by the count that is given", async () => {
  const [each, weights, count] = [
    input("each", "float32", ["N"]),
    input("weights", "float32", ["N"]),
    input("count", "float32", []),
  ];
  const value = weightedMeanLoss(each, weights, count, { opset: 17 });
  const model = modelFor([each, weights, count], new Map([["mean", value]]), 17);
  const feeds = {
    each: new Tensor("float32", [1, 100, 3], [3]),
    weights: new Tensor("float32", [2, 0, 1], [3]),
    count: new Tensor("float32", [2], []),
  };
  expect((await run(model, feeds)).mean).toEqual([2.5]);
});

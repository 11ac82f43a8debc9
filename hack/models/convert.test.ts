import { beforeAll, describe, expect, test } from "@jest/globals";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { convert } from "./convert.ts";
import { networks, type Network, type NetworkName } from "./networks.ts";
import { loadOracle, type Oracle } from "./oracle/face-api.ts";
import { channelsFirst, testPicture } from "./oracle/picture.ts";
import { outputThen, sides, versionsThen } from "./oracle/values.ts";
import { readWeights } from "./weights.ts";

const names = Object.keys(networks) as NetworkName[];

const sessions = new Map<NetworkName, InferenceSession>();
let oracle: Oracle;

beforeAll(async () => {
  oracle = await loadOracle();
  for (const name of names) {
    const network: Network = networks[name];
    const model = convert(name, network, await readWeights(network.weights));
    sessions.set(name, await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 }));
  }
});

async function run(name: NetworkName, pictures: readonly Float32Array[], side = sides[name]): Promise<Float32Array> {
  const batch = new Float32Array(pictures.length * 3 * side * side);
  pictures.forEach((picture, i) => batch.set(channelsFirst(picture), i * picture.length));
  const image = new Tensor("float32", batch, [pictures.length, 3, side, side]);
  const outputs = await sessions.get(name)!.run({ image });
  return outputs[networks[name].output.name]!.data as Float32Array;
}

/** The largest difference, relative to the value where it is above one. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

describe.each(names)("%s", (name) => {
  const picture = testPicture(sides[name]);

  test("says what the package's JavaScript said when the values were committed", async () => {
    expect(distance(await run(name, [picture]), outputThen(name))).toBeLessThan(1e-4);
  });

  test("says what the installed package's JavaScript says now", async () => {
    const live = await oracle.run(name, picture, sides[name]);
    expect(distance(await run(name, [picture]), live)).toBeLessThan(1e-4);
    expect(distance(live, outputThen(name))).toBeLessThan(1e-5);
  });

  test("sees each picture of a batch as it sees it alone", async () => {
    const mirrored = picture.toReversed();
    const together = await run(name, [picture, mirrored]);
    const apart = [...(await run(name, [picture])), ...(await run(name, [mirrored]))];
    expect(distance(together, apart)).toBeLessThan(1e-5);
  });
});

test.each([96, 160])("the detector takes a picture of %d pixels as the package does", async (side) => {
  const picture = testPicture(side);
  const live = await oracle.run("tiny-face-detector", picture, side);
  expect(distance(await run("tiny-face-detector", [picture], side), live)).toBeLessThan(1e-4);
});

test("the values were made with the installed version of the package", () => {
  expect(oracle.versions).toEqual(versionsThen());
});

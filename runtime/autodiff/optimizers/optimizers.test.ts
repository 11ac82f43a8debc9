import { describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { Adam, AdamW } from "./adam.ts";
import type { Optimizer, Tensors } from "./optimizer.ts";
import { Sam } from "./sam.ts";
import { constantRate, cosineRate, steppedRate, warmedUp, type Schedule } from "./schedule.ts";
import { Sgd } from "./sgd.ts";

type Values = readonly (readonly number[])[];

interface Oracle {
  readonly rate: number;
  readonly start: Values;
  readonly target: Values;
  readonly stiffness: Values;
  readonly cases: readonly {
    readonly optimizer: string;
    readonly options: Readonly<Record<string, never>>;
    readonly trajectory: readonly Values[];
  }[];
  readonly schedules: Readonly<Record<string, readonly number[]>>;
}

const oracle = JSON.parse(await readFile(`${import.meta.dirname}/oracle/trajectories.json`, "utf8")) as Oracle;

const tensorsOf = (values: Values): Tensors =>
  new Map(values.map((elements, index) => [`p${index}`, Float32Array.from(elements)]));

/** As the oracle has it: stiffness * (p - target) + .3 sin(3 p). */
const slopes = (parameters: Tensors): Tensors =>
  new Map(
    [...parameters].map(([name, values], tensor) => [
      name,
      values.map((value, index) => {
        const [target, stiffness] = [oracle.target[tensor]![index]!, oracle.stiffness[tensor]![index]!];
        return stiffness * (value - target) + 0.3 * Math.sin(3 * value);
      }),
    ]),
  );

/** One step of each optimizer. */
const steps: Readonly<Record<string, (options: Readonly<Record<string, never>>) => (parameters: Tensors) => void>> = {
  sgd: (options) => stepOf(new Sgd(options)),
  adam: (options) => stepOf(new Adam(options)),
  adamw: (options) => stepOf(new AdamW(options)),
  sam: (options) => {
    const sam = new Sam(new Sgd(options), options);
    return (parameters) => {
      sam.climb(parameters, slopes(parameters));
      sam.update(parameters, slopes(parameters), oracle.rate);
    };
  },
};

const stepOf = (optimizer: Optimizer) => (parameters: Tensors) =>
  optimizer.update(parameters, slopes(parameters), oracle.rate);

describe("optimizers take PyTorch's path", () => {
  test.each(oracle.cases)("$optimizer $options", ({ optimizer, options, trajectory }) => {
    const parameters = tensorsOf(oracle.start);
    const step = steps[optimizer]!(options);
    for (const expected of trajectory) {
      step(parameters);
      for (const [index, values] of [...parameters.values()].entries())
        for (const [place, value] of values.entries()) expect(value).toBeCloseTo(expected[index]![place]!, 5);
    }
  });
});

describe("schedules are PyTorch's", () => {
  const { rate, schedules } = oracle;
  const ours: Readonly<Record<string, Schedule>> = {
    cosine: cosineRate(rate, { steps: 29, floor: 0.002 }),
    stepped: steppedRate(rate, { milestones: [7, 20], factor: 0.3 }),
    warmedUp: warmedUp(cosineRate(rate, { steps: 24 }), { steps: 6, from: 0.1 }),
  };

  test.each(Object.entries(schedules))("%s", (name, expected) => {
    for (const [step, value] of expected.entries()) expect(ours[name]!(step)).toBeCloseTo(value, 8);
  });

  test("a cosine of no steps is down at once", () => expect(cosineRate(1, { steps: 0, floor: 0.1 })(0)).toBe(0.1));

  test("a cosine stays down, and a constant where it is", () => {
    expect(cosineRate(1, { steps: 10 })(25)).toBe(0);
    expect(constantRate(0.3)(25)).toBe(0.3);
  });
});

describe("an optimizer", () => {
  test("leaves alone what has no gradient", () => {
    const parameters = tensorsOf([[1], [2]]);
    new Adam().update(parameters, new Map([["p0", Float32Array.of(1)]]), 0.1);
    expect(parameters.get("p0")![0]).toBeCloseTo(0.9);
    expect(parameters.get("p1")![0]).toBe(2);
  });

  test("moves a parameter that gets its first gradient late as far as any other at first", () => {
    const [parameters, adam] = [tensorsOf([[1], [2]]), new Adam()];
    for (let step = 0; step < 100; step++) adam.update(parameters, new Map([["p0", Float32Array.of(1)]]), 0.1);
    adam.update(parameters, new Map([["p1", Float32Array.of(1)]]), 0.1);
    expect(parameters.get("p1")![0]).toBeCloseTo(1.9, 5);
  });

  test("refuses to look ahead along a momentum that it has not", () =>
    expect(() => new Sgd({ nesterov: true })).toThrow(
      new RangeError("nesterov looks ahead along a momentum: 0 is none"),
    ));

  test("refuses a gradient of another size", () => {
    const act = () => new Sgd().update(tensorsOf([[1, 2]]), tensorsOf([[1]]), 0.1);
    expect(act).toThrow(new RangeError("parameter p0 has 2 elements, its gradient 1"));
  });

  test("that climbs again before its second pass starts from where it was", () => {
    const parameters = tensorsOf(oracle.start);
    const sam = new Sam(new Sgd(), { rho: 10 });
    for (let pass = 0; pass < 2; pass++) sam.climb(parameters, slopes(parameters));
    sam.giveUp(parameters);
    expect(parameters).toEqual(tensorsOf(oracle.start));
  });

  test("that gives up its second pass is where it was before the first", () => {
    const parameters = tensorsOf(oracle.start);
    const sam = new Sam(new Sgd(), { rho: 10 });
    sam.climb(parameters, slopes(parameters));
    expect(parameters).not.toEqual(tensorsOf(oracle.start));
    sam.giveUp(parameters);
    expect(parameters).toEqual(tensorsOf(oracle.start));
  });
});

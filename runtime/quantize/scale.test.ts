import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { float32, int16, oracle } from "./oracle/quantization.ts";
import { dequantizeNumber, limits, parametersOf, quantizeNumber, schemes, type SchemeName } from "./scale.ts";

const names = Object.keys(schemes) as SchemeName[];
const float = (limit: number) => fc.float({ min: -limit, max: limit, noNaN: true });
const ranges = fc.tuple(float(1e6), float(1e6)).map(([a, b]) => ({ lowest: Math.min(a, b), highest: Math.max(a, b) }));

describe("scale and zero point", () => {
  test.each(oracle.tensors.flatMap((tensor) => names.map((scheme) => [tensor.name, scheme, tensor] as const)))(
    "of %s values, %s, are those of Python",
    (_, scheme, { ranges, parameters }) => {
      const [lowest, highest] = ranges.MinMax!;
      expect(parametersOf({ lowest, highest }, scheme)).toMatchObject(parameters[scheme]);
    },
  );

  test.each([
    ["a range without width", { lowest: 0, highest: 0 }],
    ["a range below the smallest normal number", { lowest: -1e-40, highest: 1e-40 }],
  ])("of %s are 1 and 0", (_, range) => {
    for (const scheme of names) expect(parametersOf(range, scheme)).toMatchObject({ scale: 1, zeroPoint: 0 });
  });

  test("hold 0 even where no value is near it", () => {
    expect(parametersOf({ lowest: 3, highest: 5.1 }, "asymmetric").zeroPoint).toBe(0);
    expect(parametersOf({ lowest: -5.1, highest: -3 }, "asymmetric").zeroPoint).toBe(255);
  });
});

describe("rounding to 8 bits", () => {
  test.each(oracle.quantized.map((each) => [each.scheme, each.range, each] as const))(
    "%s in %j puts halves to the even step, as Python does",
    (scheme, [lowest, highest], { values, quantized }) => {
      const parameters = parametersOf({ lowest, highest }, scheme);
      const ours = Array.from(float32(values), (value) => quantizeNumber(value, parameters));
      expect(ours).toEqual(Array.from(int16(quantized)));
    },
  );

  test("and back is off by half a step at most within the range, and saturates beyond", () => {
    fc.assert(
      fc.property(
        ranges,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(...names),
        (range, at, scheme) => {
          const parameters = parametersOf(range, scheme);
          const value = Math.fround(range.lowest + at * (range.highest - range.lowest));
          const back = dequantizeNumber(quantizeNumber(value, parameters), parameters);
          // The zero point is rounded too, which moves the ends of an asymmetric range by half a step.
          const allowed = schemes[scheme].symmetric ? 0.5 : 1;
          expect(Math.abs(back - value)).toBeLessThanOrEqual(allowed * parameters.scale * (1 + 1e-5));
        },
      ),
    );
  });

  test.each(names)("has a finite scale for all of float32: %s", (scheme) => {
    const greatest = Math.fround(3.4e38);
    const parameters = parametersOf({ lowest: -greatest, highest: greatest }, scheme);
    const back = dequantizeNumber(quantizeNumber(greatest / 2, parameters), parameters);
    expect(Math.abs(back - greatest / 2)).toBeLessThan(parameters.scale);
  });

  test("keeps 0 exact and never leaves its type", () => {
    fc.assert(
      fc.property(ranges, float(2 ** 100), fc.constantFrom(...names), (range, value, scheme) => {
        const parameters = parametersOf(range, scheme);
        const [least, most] = limits[parameters.type];
        const quantized = quantizeNumber(value, parameters);
        expect(quantized >= least && quantized <= most && Number.isInteger(quantized)).toBe(true);
        expect(dequantizeNumber(quantizeNumber(0, parameters), parameters)).toBe(0);
      }),
    );
  });

  test("twice is the same as once", () => {
    fc.assert(
      fc.property(ranges, float(1e6), fc.constantFrom(...names), (range, value, scheme) => {
        const parameters = parametersOf(range, scheme);
        const once = quantizeNumber(value, parameters);
        expect(quantizeNumber(dequantizeNumber(once, parameters), parameters)).toBe(once);
      }),
    );
  });
});

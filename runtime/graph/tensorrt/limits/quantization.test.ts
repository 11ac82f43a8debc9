import { apply } from "../../expression.ts";
import { all, image, repeated, scalar, tell } from "../story.fake.ts";
import type { ElementType } from "../../elements.ts";
import type { Result } from "../../expression.ts";
import { quantizationLimits } from "./quantization.ts";

const quantize = (type: ElementType, { scale = 0.1, zero = 0 } = {}): Result =>
  apply("QuantizeLinear", [image, scalar("float32", scale), scalar(type, zero)]);
const integers = (type: ElementType): Result =>
  apply("DequantizeLinear", [repeated(type, [8], 7), scalar("float32", 0.1)], { axis: 0 });
const modern = { opset: 25 };

tell(
  [
    {
      name: "symmetric int8 activations are taken",
      made: [apply("DequantizeLinear", [quantize("int8"), scalar("float32", 0.1), scalar("int8", 0)])],
    },
    {
      name: "a scale for each channel of a weight is taken",
      made: [
        apply("Conv", [
          image,
          apply(
            "DequantizeLinear",
            [repeated("int8", [8, 8, 1, 1], 3), repeated("float32", [8], 0.1), repeated("int8", [8], 0)],
            { axis: 0 },
          ),
        ]),
      ],
    },
    { name: "activations as uint8", made: [quantize("uint8")], says: all(/quantizes to uint8; quantize to int8/) },
    {
      name: "activations as uint8 because nothing else was said",
      made: [apply("QuantizeLinear", [image, scalar("float32", 0.1)])],
      says: all(/quantizes to uint8/),
    },
    { name: "weights as uint8", made: [integers("uint8")], says: all(/quantizes to uint8/) },
    { name: "a bias as int32", made: [integers("int32")], says: all(/int32; leave the bias in floating point/) },
    ...(["int16", "uint16", "uint4", "int2", "uint2"] as const).map((type) => ({
      name: `activations as ${type}`,
      made: [quantize(type)],
      says: all(new RegExp(`quantizes to ${type}`)),
      ...modern,
    })),
    { name: "a zero point that is not 0", made: [quantize("int8", { zero: 3 })], says: all(/zero point is not 0/) },
    { name: "a scale of 0", made: [quantize("int8", { scale: 0 })], says: all(/scale is not positive/) },
    {
      name: "a scale of half precision that is negative",
      made: [apply("QuantizeLinear", [apply("Cast", [image], { to: 10 }), scalar("float16", -1), scalar("int8", 0)])],
      opset: 19,
      says: all(/scale is not positive/),
    },
  ],
  quantizationLimits,
);

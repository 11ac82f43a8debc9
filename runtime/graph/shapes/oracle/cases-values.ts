import { tensor } from "../../tensor.ts";
import { chain, flag, floats, given, int, ints, number, result, results, type Case } from "./case.ts";

/** Shapes that are computed: what is known of the contents of small tensors tells a shape. */

const image = given("f32[N,3,H,W]");
const shape = result("Shape", [image]);
const at = (axis: number) => result("Gather", [shape, ints(axis)]);
const scalarAt = (axis: number) => result("Gather", [shape, int(axis)]);
const list = (...parts: Parameters<typeof result>[1]) => result("Concat", parts, { axis: 0 });
const filled = (dims: Parameters<typeof result>[1][0]) => result("ConstantOfShape", [dims]);
const zeros = (count: number) =>
  result("ConstantOfShape", [ints(count)], {
    value: { tensor: tensor(undefined, "int64", [1], BigInt64Array.of(0n)) },
  });
const end = ints(2 ** 31 - 1);

export const valueCases: readonly Case[] = [
  chain("a shape joined from parts", [result("Reshape", [image, list(at(0), ints(-1))])]),
  chain("a scalar made a list again", [
    result("Reshape", [image, list(result("Unsqueeze", [scalarAt(0), ints(0)]), ints(3, -1))]),
  ]),
  chain("part of a shape", [filled(result("Slice", [shape, ints(1), ints(3), ints(0)]))]),
  chain("a shape backwards", [filled(result("Slice", [shape, ints(-1), ints(-(2 ** 31)), ints(0), ints(-1)]))]),
  chain("sizes multiplied", [result("Reshape", [image, list(result("Mul", [at(0), ints(3)]), at(2), at(3))])]),
  chain("sizes added", [filled(result("Add", [at(2), at(3)]))]),
  chain("a size less one", [filled(result("Sub", [at(2), ints(1)]))]),
  chain("a size halved", [filled(result("Div", [at(2), ints(2)]))]),
  chain("a size doubled and halved", [filled(result("Div", [result("Mul", [at(2), ints(2)]), ints(2)]))]),
  chain("through other types", [filled(result("Cast", [result("Cast", [shape], { to: 6 })], { to: 7 }))]),
  chain("a size times a fraction", [
    filled(
      result("Cast", [result("Floor", [result("Mul", [result("Cast", [ints(7)], { to: 1 }), floats(0.5)])])], {
        to: 7,
      }),
    ),
  ]),
  chain("a number of elements", [result("Reshape", [image, result("Reshape", [result("Size", [image]), ints(1)])])]),
  chain("a product of sizes", [
    result("Reshape", [
      image,
      result("ReduceProd", [result("Slice", [shape, ints(0), end, ints(0)])], { keepdims: 1 }),
    ]),
  ]),
  chain("what Split gives", [filled(list(...results("Split", [ints(2, 3, 4, 5)], { axis: 0 }, { outputs: 2 })))]),
  chain("what Where chooses", [
    result("Expand", [
      given("f32[1,3,1,1]"),
      result("Where", [
        result("Equal", [list(at(0), ints(-1, 4, 5)), ints(-1, -1, -1, -1)]),
        ints(1, 1, 1, 1),
        list(at(0), ints(-1, 4, 5)),
      ]),
    ]),
  ]),
  chain("a range of a size", [result("Range", [int(0), scalarAt(2), int(1)])]),
  chain("a squeezed list", [result("Range", [int(0), result("Squeeze", [at(3), ints(0)]), int(2)])]),
  chain("pads from PyTorch's exporter", [
    result("Pad", [
      image,
      result(
        "Cast",
        [
          result("Reshape", [
            result(
              "Transpose",
              [
                result("Slice", [
                  result("Reshape", [list(ints(1, 2, 3, 4), zeros(4)), ints(-1, 2)]),
                  ints(-1),
                  ints(-(2 ** 31)),
                  ints(0),
                  ints(-1),
                ]),
              ],
              { perm: [1, 0] },
            ),
            ints(-1),
          ]),
        ],
        { to: 7 },
      ),
    ]),
  ]),
  chain("sizes for Resize", [
    result("Resize", [
      given("f32[1,8,5,6]"),
      undefined,
      undefined,
      list(ints(1, 8), result("Slice", [shape, ints(2), end, ints(0)])),
    ]),
  ]),
  chain("the largest of two sizes", [filled(result("Max", [at(2), ints(4)]))]),
  chain("a token before the others", [
    result("Concat", [result("Expand", [given("f32[1,1,8]"), list(at(0), ints(1, 8))]), given("f32[N,L,8]")], {
      axis: 1,
    }),
  ]),
  chain("heads apart and together", [
    result("Reshape", [
      result("Transpose", [result("Reshape", [given("f32[N,L,12]"), ints(0, 0, 3, 4)])], { perm: [0, 2, 1, 3] }),
      ints(0, 3, -1),
    ]),
  ]),
  chain("a mask of no value", [result("Not", [flag(true)]), result("Neg", [number(1)])]),
];

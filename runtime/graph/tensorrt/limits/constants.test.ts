import { apply } from "../../expression.ts";
import { integers } from "../../literals.ts";
import { all, computed, image, list, repeated, scalar, tell } from "../story.fake.ts";
import { constantLimits } from "./constants.ts";

const truth = apply("Greater", [apply("ReduceMax", [list], { keepdims: 0 }), scalar("float32", 0)]);

tell(
  [
    {
      name: "axes that a Constant node holds are taken",
      made: [apply("ReduceSum", [image, apply("Constant", [], { value_ints: [1] })])],
    },
    {
      name: "axes that are computed",
      made: [apply("ReduceSum", [image, computed(7, 1)])],
      says: all(/axes is computed.*cleanModel/),
    },
    {
      name: "axes that are computed from constants",
      made: [apply("ReduceSum", [image, apply("Add", [integers([1]), integers([1])])])],
      says: all(/axes is computed/),
    },
    {
      name: "an axis that is not known",
      made: [apply("Squeeze", [image, computed(7, 1)])],
      says: all(/axes is not known/),
    },
    {
      name: "a sum along an axis that is not known",
      made: [apply("CumSum", [image, apply("Squeeze", [computed(7, 1)])])],
      says: all(/axis is not known/),
    },
    {
      name: "a number of classes that is not known",
      made: [apply("OneHot", [integers([1]), computed(7, 1), repeated("float32", [2], 1)])],
      says: all(/depth is not known/),
    },
    {
      name: "padding of some axes, which 10.16 takes",
      made: [apply("Pad", [image, integers([1, 1]), undefined, integers([2])])],
      opset: 18,
      says: { "10.3": /axes are given; give pads for all axes/ },
    },
    {
      name: "dropout in training",
      made: [apply("Dropout", [image, scalar("float32", 0.5), scalar("bool", 1)])],
      says: all(/mode is true/),
    },
    {
      name: "dropout that may be in training",
      made: [apply("Dropout", [image, undefined, truth])],
      says: all(/mode is computed/),
    },
    {
      name: "dropout that is not in training is taken",
      made: [apply("Dropout", [image, undefined, scalar("bool", 0)])],
    },
    {
      name: "a spectrum of steps that are computed",
      made: [
        apply("STFT", [
          repeated("float32", [1, 64, 1], 1),
          apply("Squeeze", [computed(7, 1)]),
          undefined,
          scalar("int64", 16),
        ]),
      ],
      says: all(/does not have it|frame_step is computed/),
    },
  ],
  constantLimits,
);

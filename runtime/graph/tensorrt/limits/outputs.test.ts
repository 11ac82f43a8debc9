import { applyMany } from "../../expression.ts";
import { all, image, repeated, tell } from "../story.fake.ts";
import { outputLimits } from "./outputs.ts";

const channels = repeated("float32", [8], 1);

tell(
  [
    {
      name: "running moments that BatchNormalization gives back",
      made: applyMany("BatchNormalization", [image, channels, channels, channels, channels], { training_mode: 1 }, 3),
      says: all(/output 2 and 3 is used, only the first is supported; compute the moments beside it/),
    },
    {
      name: "moments that LayerNormalization gives back",
      made: applyMany("LayerNormalization", [image, repeated("float32", [14], 1)], {}, 2),
      says: all(/output 2 is used.*ReduceMean/),
    },
    {
      name: "the places of the largest values",
      made: applyMany("MaxPool", [image], { kernel_shape: [2, 2] }, 2),
      says: all(/^MaxPool ".*": output 2 is used.*leave Indices out/),
    },
    {
      name: "keys that attention gives back",
      made: applyMany("Attention", [image, image, image], {}, 3),
      opset: 23,
      says: all(/Attention ".*": (TensorRT 10.3 does not have it|output 2 and 3 is used)/),
    },
  ],
  outputLimits,
);

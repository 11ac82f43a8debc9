import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Result } from "../../graph/expression.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const operator =
  (opType: string) =>
  (attributes: Attributes = {}) =>
  (...inputs: Input[]): Result =>
    apply(opType, inputs, attributes);

const conv = operator("Conv");
const convTranspose = operator("ConvTranspose");

const stories: readonly Story[] = [
  { name: "Conv of one dimension", of: conv({ pads: [1, 1] }) },
  { name: "Conv of two dimensions", of: conv() },
  { name: "Conv of three dimensions", of: conv({ strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1] }) },
  { name: "Conv with strides that leave a rest", of: conv({ strides: [2, 3], pads: [1, 1, 1, 1] }) },
  { name: "Conv with dilations", of: conv({ dilations: [2, 1], pads: [1, 2, 1, 2] }) },
  { name: "Conv with strides and dilations", of: conv({ strides: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] }) },
  { name: "Conv in groups", of: conv({ group: 2, strides: [2, 2], pads: [1, 1, 1, 1] }) },
  { name: "Conv depthwise", of: conv({ group: 3, pads: [1, 1, 1, 1] }) },
  { name: "Conv depthwise with two filters a channel", of: conv({ group: 2, strides: [2, 2] }) },
  { name: "Conv of one pixel", of: conv() },
  { name: "Conv of one pixel with strides", of: conv({ strides: [2, 2] }) },
  { name: "Conv with uneven borders", of: conv({ strides: [2, 2], pads: [2, 0, 0, 1] }) },
  { name: "Conv of many channels", of: conv({ strides: [2, 2], dilations: [1, 2], pads: [1, 1, 1, 1] }) },
  { name: "Conv of many channels and filters", of: conv({ pads: [1, 0, 1, 0] }) },
  {
    name: "Conv of many channels and filters with strides",
    of: conv({ strides: [2, 3], pads: [1, 0, 1, 0] }),
  },
  { name: "Conv with SAME_UPPER", of: conv({ strides: [2, 2], auto_pad: "SAME_UPPER" }) },
];

const transposed: readonly Story[] = [
  { name: "ConvTranspose of one dimension", of: convTranspose({ strides: [2] }) },
  {
    name: "ConvTranspose of two dimensions",
    of: convTranspose({ strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
  },
  { name: "ConvTranspose of three dimensions", of: convTranspose({ strides: [1, 2, 1] }) },
  {
    name: "ConvTranspose in groups with dilations",
    of: convTranspose({ group: 2, dilations: [2, 2], pads: [1, 1, 1, 1] }),
  },
  { name: "ConvTranspose depthwise", of: convTranspose({ group: 3, strides: [2, 2], pads: [1, 1, 1, 1] }) },
  { name: "ConvTranspose to a given shape", of: convTranspose({ strides: [2, 2], output_shape: [6, 4] }) },
];

const inFloat32 = (story: Story): Story => ({ ...story, float32Only: true });

describe("convolutions", () => checkRules("convolutions", stories.map(inFloat32)));
describe("transposed convolutions", () => checkRules("transposed-convolutions", transposed.map(inFloat32)));

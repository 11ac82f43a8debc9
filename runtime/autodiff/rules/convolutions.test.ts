import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Result } from "../../graph/expression.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const conv =
  (attributes: Attributes = {}) =>
  (...inputs: Input[]): Result =>
    apply("Conv", inputs, attributes);

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
  { name: "Conv with SAME_UPPER", of: conv({ strides: [2, 2], auto_pad: "SAME_UPPER" }) },
];

describe("convolutions", () =>
  checkRules(
    "convolutions",
    stories.map((story) => ({ ...story, float32Only: true })),
  ));

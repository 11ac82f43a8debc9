import { describe } from "@jest/globals";
import { apply } from "../../graph/expression.ts";
import { checkRules } from "../oracle/check-rules.ts";

describe("pooling", () =>
  checkRules("pooling", [
    { name: "GlobalAveragePool", of: (x) => apply("GlobalAveragePool", [x]), float32Only: true },
  ]));

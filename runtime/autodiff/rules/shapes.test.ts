import { describe } from "@jest/globals";
import { apply } from "../../graph/expression.ts";
import { reshape, squeeze, transpose, unsqueeze } from "../../graph/operators.ts";
import { checkRules } from "../oracle/check-rules.ts";

describe("shapes", () =>
  checkRules("shapes", [
    { name: "Reshape", of: (x) => reshape(x, [3, -1]) },
    { name: "Flatten", of: (x) => apply("Flatten", [x]) },
    { name: "Transpose by a permutation", of: (x) => transpose(x, [2, 0, 1]) },
    { name: "Transpose reverses", of: (x) => apply("Transpose", [x]) },
    { name: "Squeeze", of: (x) => squeeze(x, [1], 18) },
    { name: "Unsqueeze", of: (x) => unsqueeze(x, [1, 3], 12), opset: 12 },
    { name: "Identity", of: (x) => apply("Identity", [x]) },
  ]));

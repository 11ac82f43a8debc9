import { describe } from "@jest/globals";
import { apply, float } from "../../graph/expression.ts";
import { matMul } from "../../graph/operators.ts";
import { checkRules } from "../oracle/check-rules.ts";

const matrixProducts = [
  "MatMul of matrices",
  "MatMul of batches",
  "MatMul broadcasts batches both ways",
  "MatMul of a batch by one matrix",
  "MatMul of one matrix by a batch",
  "MatMul of vectors",
  "MatMul of a vector by a matrix",
  "MatMul of a matrix by a vector",
  "MatMul of a batch by a vector",
  "MatMul of a vector by a batch",
];

describe("products", () =>
  checkRules("products", [
    ...matrixProducts.map((name) => ({ name, of: matMul })),
    { name: "Gemm", of: (a, b, c) => apply("Gemm", [a, b, c]) },
    { name: "Gemm transposes A", of: (a, b) => apply("Gemm", [a, b], { transA: 1, alpha: float(0.5) }) },
    { name: "Gemm transposes B", of: (a, b, c) => apply("Gemm", [a, b, c], { transB: 1, beta: float(2) }) },
    {
      name: "Gemm transposes both",
      of: (a, b, c) => apply("Gemm", [a, b, c], { transA: 1, transB: 1, alpha: float(3) }),
    },
  ]));

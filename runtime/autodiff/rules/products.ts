import { apply, float, type Value } from "../../graph/expression.ts";
import { matMul, multiply, reshape, transpose } from "../../graph/operators.ts";
import type { Dim } from "../../graph/type.ts";
import type { Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Matrix products. */
export const products: Rules = {
  MatMul: {
    vjp: (site, a, b) => [() => leftGradient(site, a, b), () => rightGradient(site, a, b)],
    dims: matMulDims,
  },
  Gemm: {
    vjp: (site, a, b) => {
      const { dy } = site;
      const [alpha, beta] = [site.float("alpha", 1), site.float("beta", 1)];
      const [transA, transB] = [site.int("transA", 0), site.int("transB", 0)];
      const gemm = (left: Value, right: Value, transposeLeft: number, transposeRight: number): Value =>
        apply("Gemm", [left, right], { alpha: float(alpha), transA: transposeLeft, transB: transposeRight });
      return [
        () => (transA === 0 ? gemm(dy, b, 0, 1 - transB) : gemm(b, dy, transB, 1)),
        () => (transB === 0 ? gemm(a, dy, 1 - transA, 0) : gemm(dy, a, 1, transA)),
        () => (beta === 1 ? dy : multiply(dy, site.number(beta))),
      ];
    },
    dims: ({ dimsOf, y }, input) => (input === 2 ? dimsOf(y) : undefined),
  },
};

/** dA = dY B^T; the batch axes of the output come with it. */
function leftGradient(site: Site, a: Value, b: Value): Value {
  const dy = matrixGradient(site, a, b);
  const gradient = matMul(dy, transposed(site, asColumns(site, b), Math.max(site.rankOf(b), 2)));
  return site.rankOf(a) === 1 ? site.squeeze(gradient, [site.rankOf(b) > 2 ? site.rankOf(b) - 2 : 0]) : gradient;
}

/** dB = A^T dY; rows of all batches at once where B has none. */
function rightGradient(site: Site, a: Value, b: Value): Value {
  const dy = matrixGradient(site, a, b);
  const [rankA, rankB] = [site.rankOf(a), site.rankOf(b)];
  if (rankA > 2 && rankB === 2) {
    const [rows, columns] = site.dimsOf(b);
    if (typeof rows === "number" && typeof columns === "number")
      return matMul(transpose(reshape(a, [-1, rows]), [1, 0]), reshape(dy, [-1, columns]));
  }
  const gradient = matMul(transposed(site, asRow(site, a), Math.max(rankA, 2)), dy);
  return rankB === 1 ? site.squeeze(gradient, [Math.max(rankA, 2) - 1]) : gradient;
}

/** The shape of a gradient before its batch axes are summed: those of the output, then the input's matrix. */
function matMulDims(site: Site, input: number): readonly Dim[] | undefined {
  const [a, b] = site.application.inputs as readonly [Value, Value];
  const ranks = [site.rankOf(a), site.rankOf(b)] as const;
  if (input === 1 && ranks[0] > 2 && ranks[1] === 2 && site.dimsOf(b).every((dim) => typeof dim === "number"))
    return undefined;
  const own = site.dimsOf(input === 0 ? a : b).slice(-2);
  const matrixAxes = Number(ranks[0] > 1) + Number(ranks[1] > 1);
  const y = site.dimsOf(site.y);
  return [...y.slice(0, y.length - matrixAxes), ...own];
}

const asRow = (site: Site, a: Value): Value => (site.rankOf(a) === 1 ? site.unsqueeze(a, [0]) : a);
const asColumns = (site: Site, b: Value): Value => (site.rankOf(b) === 1 ? site.unsqueeze(b, [1]) : b);

/** The output's gradient with the axes that MatMul drops for vectors. */
function matrixGradient(site: Site, a: Value, b: Value): Value {
  const rank = site.rankOf(site.y);
  const [vectorA, vectorB] = [site.rankOf(a) === 1, site.rankOf(b) === 1];
  if (vectorA && vectorB) return site.unsqueeze(site.dy, [0, 1]);
  if (vectorA) return site.unsqueeze(site.dy, [rank - 1]);
  return vectorB ? site.unsqueeze(site.dy, [rank]) : site.dy;
}

function transposed(site: Site, matrix: Value, rank: number): Value {
  if (rank < 2) site.fail("a matrix has at least two axes");
  const axes = [...Array(rank).keys()];
  return transpose(matrix, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

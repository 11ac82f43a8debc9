import type { Application } from "../expression.ts";
import { attentions } from "./attention.ts";
import { control } from "./control.ts";
import { convolution } from "./convolution.ts";
import { einsums } from "./einsum.ts";
import { elementwise } from "./elementwise.ts";
import { gathering } from "./gathering.ts";
import { joining } from "./joining.ts";
import { losses } from "./losses.ts";
import { making } from "./making.ts";
import { microsoft } from "./microsoft.ts";
import type { OperatorRule } from "./node.ts";
import { normalization } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { products } from "./product.ts";
import { quantization } from "./quantization.ts";
import { recurrentLayers } from "./recurrent.ts";
import { reduction } from "./reduction.ts";
import { reshaping } from "./reshaping.ts";
import { resizing } from "./resizing.ts";

const standard = {
  ...attentions,
  ...control,
  ...convolution,
  ...einsums,
  ...elementwise,
  ...gathering,
  ...joining,
  ...losses,
  ...making,
  ...normalization,
  ...pooling,
  ...products,
  ...quantization,
  ...recurrentLayers,
  ...reduction,
  ...reshaping,
  ...resizing,
};

/** The rule of every operator that has one, by domain and operator; "" is the default domain. */
export const rules: ReadonlyMap<string, ReadonlyMap<string, OperatorRule>> = new Map([
  ["", new Map(Object.entries(standard))],
  ["com.microsoft", new Map(Object.entries(microsoft))],
]);

/** The rule of an application's operator. */
export const ruleOf = ({ domain, opType }: Pick<Application, "domain" | "opType">): OperatorRule | undefined =>
  rules.get(domain === "ai.onnx" ? "" : domain)?.get(opType);

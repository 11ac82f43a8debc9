import type { Application } from "../expression.ts";
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { gathering } from "./gathering.ts";
import { joining } from "./joining.ts";
import { making } from "./making.ts";
import type { OperatorRule } from "./node.ts";
import { normalization } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { products } from "./product.ts";
import { reduction } from "./reduction.ts";
import { reshaping } from "./reshaping.ts";
import { resizing } from "./resizing.ts";

const standard = {
  ...convolution,
  ...elementwise,
  ...gathering,
  ...joining,
  ...making,
  ...normalization,
  ...pooling,
  ...products,
  ...reduction,
  ...reshaping,
  ...resizing,
};

/** The rule of every operator that has one, by domain and operator; "" is the default domain. */
export const rules: ReadonlyMap<string, ReadonlyMap<string, OperatorRule>> = new Map([
  ["", new Map(Object.entries(standard))],
]);

/** The rule of an application's operator. */
export const ruleOf = ({ domain, opType }: Pick<Application, "domain" | "opType">): OperatorRule | undefined =>
  rules.get(domain === "ai.onnx" ? "" : domain)?.get(opType);

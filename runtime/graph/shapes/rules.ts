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
import type { OperatorRule, RuleTable } from "./node.ts";
import { normalization } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { products } from "./product.ts";
import { quantization } from "./quantization.ts";
import { recurrentLayers } from "./recurrent.ts";
import { reduction } from "./reduction.ts";
import { reshaping } from "./reshaping.ts";
import { resizing } from "./resizing.ts";

/** Operators that have much in common, and the rule of each. */
export interface Family {
  readonly title: string;
  readonly domain: string;
  readonly table: RuleTable;
}

const family = (title: string, table: RuleTable, domain = ""): Family => ({ title, domain, table });

/** Every operator that has a rule. */
export const families: readonly Family[] = [
  family("Element by element", elementwise),
  family("Convolutions", convolution),
  family("Pools", pooling),
  family("Matrix products", { ...products, ...einsums }),
  family("Normalizations", normalization),
  family("Recurrent layers", recurrentLayers),
  family("Attention", attentions),
  family("Reductions", reduction),
  family("The same elements in another shape", reshaping),
  family("Together and apart", joining),
  family("By index", gathering),
  family("Images sampled anew", resizing),
  family("Tensors of their own", making),
  family("Losses", losses),
  family("Quantization", quantization),
  family("Bodies", control),
  family("ONNX Runtime's own", microsoft, "com.microsoft"),
];

const key = (domain: string, opType: string): string => `${domain === "ai.onnx" ? "" : domain}:${opType}`;

const rules: ReadonlyMap<string, OperatorRule> = new Map(
  families.flatMap(({ domain, table }) =>
    Object.entries(table).map(([opType, rule]) => [key(domain, opType), rule] as const),
  ),
);

/** The rule of an application's operator. */
export const ruleOf = ({ domain, opType }: Pick<Application, "domain" | "opType">): OperatorRule | undefined =>
  rules.get(key(domain, opType));

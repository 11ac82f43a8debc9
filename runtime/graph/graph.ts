import type { ElementType } from "./elements.ts";
import type { Input, Value } from "./expression.ts";
import type { Dim } from "./type.ts";
import type { MessageInit, ValueInfoProto } from "./codec/types.ts";

/** What is said of a value beside how it is made. */
export interface Declaration {
  /** Undefined where it is not known or no tensor of numbers. */
  readonly type?: ElementType | undefined;
  readonly dims?: readonly Dim[] | undefined;
  /** As the model declared it; written back. */
  readonly info?: ValueInfoProto;
}

/** A value that the graph gives back, by name, with its type and, where it is known, its shape. */
export interface Output extends Declaration {
  readonly name: string;
  readonly value: Value;
}

/** What the model says of how a value is quantized. */
export interface Annotation {
  readonly value: Value;
  /** Its scale and zero point, by the model's keys for them: SCALE_TENSOR, ZERO_POINT_TENSOR. */
  readonly parameters: readonly { readonly key: string; readonly value: Value }[];
  /** What else it came with, written back. */
  readonly rest?: MessageInit<"TensorAnnotation">;
}

/**
 * What is computed from what: the outputs, each a value that is made of the inputs by operators. Immutable. Its nodes
 * are those that the outputs need (topology.ts lists them), so dead code is not part of a graph.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** What the model declared of values in between; a hint. */
  readonly declared?: ReadonlyMap<Value, Declaration>;
  /** How values are quantized, in so far as the graph needs them; their parameters are written along. */
  readonly annotations?: readonly Annotation[];
  /** What else it came with, written back: doc string, metadata, unknown fields. */
  readonly rest?: MessageInit<"GraphProto">;
}

/** A graph and the operator sets that it is written against. */
export interface Model {
  readonly graph: Graph;
  /** Version by domain; "" is the default domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly irVersion: number;
  /** What else it came with, written back: producer, metadata, unknown fields. */
  readonly rest?: MessageInit<"ModelProto">;
}

/** A model of one graph against one version of the default operator set. */
export function modelOf(
  graph: Graph,
  options: {
    readonly opset: number;
    readonly irVersion: number;
    readonly producer: string;
    readonly metadata?: Readonly<Record<string, string>>;
  },
): Model {
  const metadataProps = Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value }));
  return {
    graph,
    opsets: new Map([["", options.opset]]),
    irVersion: options.irVersion,
    rest: { producerName: options.producer, metadataProps },
  };
}

import { apply, constant, type Result, type Value } from "../../graph/expression.ts";
import { elements } from "../../graph/elements.ts";
import { valueName } from "../value-name.ts";
import { halve, type Halved } from "./half.ts";

/** A constant that lost more than rounding. */
export interface Lossy extends Pick<Halved, "saturated" | "vanished"> {
  readonly name: string;
}

/**
 * Values in two types. A value that is computed in float16 goes through the graph as its Cast to float32, its official
 * form, so that whoever stays in float32 (bodies too) reads the type that it always read; who computes in float16 reads
 * what is before the Cast. A Cast that nobody reads is no part of the graph.
 */
export class Halves {
  readonly lossy: Lossy[] = [];
  readonly #halves = new Map<Value, Value>();

  /** The official form of a float16 value. */
  official(half: Value): Result {
    const official = apply("Cast", [half], { to: elements.float32.code });
    this.#halves.set(official, half);
    return official;
  }

  /** A float32 value in float16; what is before its Cast, if it has one. */
  half(value: Value): Value {
    const known = this.#halves.get(value);
    if (known !== undefined) return known;
    const made =
      value.kind === "Constant" ? this.#constant(value) : apply("Cast", [value], { to: elements.float16.code });
    this.#halves.set(value, made);
    return made;
  }

  #constant(value: Extract<Value, { kind: "Constant" }>): Value {
    const { tensor, saturated, vanished } = halve(value.tensor);
    if (saturated + vanished > 0) this.lossy.push({ name: valueName(value), saturated, vanished });
    return constant(tensor);
  }
}

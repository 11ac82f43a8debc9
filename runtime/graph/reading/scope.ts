import type { Value } from "../expression.ts";
import { GraphError, type Place } from "../graph-error.ts";

/** The values in sight while nodes are read, by name: those of a graph, of a body within one, or of a function. */
export class Scope {
  readonly place: Place;
  /** How many bodies and calls are around it. */
  readonly depth: number;
  readonly #around: Scope | undefined;
  /** `undefined` is an optional input that a function was called without. */
  readonly #values = new Map<string, Value | undefined>();

  /** `around` is what a body sees; a function sees nothing around it. */
  constructor(place: Place, depth = 0, around?: Scope) {
    this.place = place;
    this.depth = depth;
    this.#around = around;
  }

  /** @throws {GraphError} if it has no name, or another value of this scope has it. */
  define(name: string | undefined, value: Value | undefined, place: Place = this.place): void {
    if (name === undefined || name === "") throw new GraphError("a value has no name", place);
    if (this.#values.has(name)) throw new GraphError(`the value ${shown(name)} is defined twice`, place);
    this.#values.set(name, value);
  }

  /** @throws {GraphError} if nothing defines it so far, here or around. */
  find(name: string, place: Place): Value | undefined {
    if (this.#values.has(name)) return this.#values.get(name);
    const around = this.#around?.find(name, place);
    if (this.#around === undefined)
      throw new GraphError(
        `the value ${shown(name)} is read before it is defined: nodes come in topological order`,
        place,
      );
    const seen: Value | undefined = around && { kind: "Outer", value: around };
    this.#values.set(name, seen);
    return seen;
  }

  /** The value of that name, if it was defined or read here. */
  known(name: string): Value | undefined {
    return this.#values.get(name);
  }
}

const shown = (name: string): string => JSON.stringify(name.length <= 200 ? name : `${name.slice(0, 200)}...`);

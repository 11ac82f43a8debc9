import type { Application, Value } from "../../graph/expression.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Layer } from "./layers.ts";
import type { Left, Placement, Reading } from "./placement.ts";

/** A graph that is to be placed, and what of it stays as it is. */
export interface Task {
  readonly graph: Graph;
  readonly excluded: ReadonlySet<Application>;
}

/** A placement as it grows. */
export class Plan {
  readonly #readings = new Map<Application, Map<number, Reading>>();
  readonly #left: Left[] = [];

  /** Decides how an application reads one of its inputs. */
  read(application: Application, index: number, reading: Reading): void {
    const inputs = this.#readings.get(application) ?? new Map<number, Reading>();
    this.#readings.set(application, inputs.set(index, reading));
  }

  /** Decides how a layer reads its input and its second operand; where the second is a constant, per channel. */
  readOperands({ application, input, second, weight }: Layer, measuredOf: (value: Value) => Value): void {
    this.read(application, 0, { kind: "Activation", measured: measuredOf(input) });
    if (weight !== undefined) this.read(application, 1, { kind: "Weight", ...weight });
    else this.read(application, 1, { kind: "Activation", measured: measuredOf(second) });
  }

  /** Notes what stays in floating point. */
  leave(node: string, reason: string): void {
    this.#left.push({ node, reason });
  }

  get placement(): Placement {
    return { readings: this.#readings, left: this.#left };
  }
}

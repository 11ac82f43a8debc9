/** Where in a model: each of these that is known, from the outside to the inside. */
export interface Place {
  readonly graph?: string;
  readonly function?: string;
  readonly node?: string;
  readonly output?: string;
  /** As onnx.proto names it: `attribute[2].t.dims`. */
  readonly field?: string;
}

/** A graph that is not valid: says where and what. */
export class GraphError extends Error {
  readonly at: Place;
  readonly problem: string;

  constructor(problem: string, at: Place, cause?: unknown) {
    const steps = Object.entries(at as Readonly<Record<string, string>>);
    const places = steps.map(([kind, name]) => `${kind} ${kind === "field" ? name : JSON.stringify(shortened(name))}`);
    super(`${places.join(", ") || "model"}: ${problem}`, { cause });
    this.name = "GraphError";
    this.at = at;
    this.problem = problem;
  }
}

/** A name as a message shows it: those of a hostile model can be megabytes long. */
const shortened = (name: string): string => (name.length <= 200 ? name : `${name.slice(0, 200)}...`);

/** A graph that is not valid: says where and what. */
export class GraphError extends Error {
  readonly at: Readonly<{ graph?: string; node?: string; output?: string }>;
  readonly problem: string;

  constructor(problem: string, at: Readonly<{ graph?: string; node?: string; output?: string }>) {
    const place = Object.entries(at).map(([kind, name]) => `${kind} ${JSON.stringify(name)}`);
    super(`${[...place].join(", ")}: ${problem}`);
    this.name = "GraphError";
    this.at = at;
    this.problem = problem;
  }
}

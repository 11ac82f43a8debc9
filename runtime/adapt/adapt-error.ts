/** What cannot be adapted: says where, and what to do instead. */
export class AdaptError extends Error {
  /** A normalization point, a value or a file. */
  readonly at: string;
  readonly problem: string;

  constructor(at: string, problem: string, options?: ErrorOptions) {
    super(`${at}: ${problem}`, options);
    this.name = "AdaptError";
    this.at = at;
    this.problem = problem;
  }
}

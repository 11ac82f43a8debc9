/** A model that cannot be quantized as asked: says where, why and what to do. */
export class QuantizeError extends Error {
  /** Name of the node, where one is to blame. */
  readonly node: string | undefined;
  /** Name of the value, where one is to blame. */
  readonly value: string | undefined;
  readonly problem: string;
  /** What makes it work. */
  readonly remedy: string;

  constructor(problem: string, at: { readonly node?: string; readonly value?: string; readonly remedy: string }) {
    const place = [at.node && `node ${JSON.stringify(at.node)}`, at.value && `value ${JSON.stringify(at.value)}`];
    const where = place.filter((part) => part !== undefined && part !== "").join(", ");
    super(`${where === "" ? "" : `${where}: `}${problem}: ${at.remedy}`);
    this.name = "QuantizeError";
    this.node = at.node;
    this.value = at.value;
    this.problem = problem;
    this.remedy = at.remedy;
  }
}

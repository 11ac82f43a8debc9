/**
 * Bytes that are not a model we accept. `path` names the field as onnx.proto does, for example
 * `graph.node[3].attribute[0].t.raw_data`; `offset` is the byte of the file at which that field begins.
 */
export class ModelFormatError extends Error {
  readonly path: string;
  readonly offset: number;
  readonly problem: string;

  constructor(problem: string, at: { readonly path: string; readonly offset: number }, cause?: unknown) {
    super(`ONNX model, ${at.path || "top level"} (byte ${at.offset}): ${problem}`, { cause });
    this.name = "ModelFormatError";
    this.path = at.path;
    this.offset = at.offset;
    this.problem = problem;
  }
}

/** Elements in another file that are not read, or not written: names the constant, the file and why. */
export class ExternalDataError extends Error {
  readonly tensor: string;
  readonly location: string;

  constructor(tensor: string, location: string, problem: string, cause?: unknown) {
    super(
      `tensor ${JSON.stringify(tensor.slice(0, 200))}, external data ${JSON.stringify(location.slice(0, 200))}: ${problem}`,
      {
        cause,
      },
    );
    this.name = "ExternalDataError";
    this.tensor = tensor;
    this.location = location;
  }
}

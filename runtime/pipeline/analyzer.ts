import type { Manifest } from "../engine/manifest.ts";
import type { RgbImage } from "../faces/image.ts";
import type { Analysis, Want } from "./analysis.ts";

/** Why an analyzer takes no more frames. `engineKey` names its engines. */
export class AnalyzerFailed extends Error {
  override readonly name = "AnalyzerFailed";
  readonly engineKey: string;

  constructor(engineKey: string, problem: string, cause?: unknown) {
    super(`the analyzer of engines ${engineKey} ${problem}`, { cause });
    this.engineKey = engineKey;
  }
}

/** The networks of one slot, loaded in a worker thread of their own. */
export interface Analyzer extends AsyncDisposable {
  readonly manifest: Manifest;
  /** Resolves, and never rejects, once the analyzer has failed. Stays pending while it works and after a disposal. */
  readonly failed: Promise<AnalyzerFailed>;
  /**
   * Faces of a picture. Calls are answered in their order, one at a time; `image` must not change before the answer.
   * @throws AnalyzerFailed when the worker has crashed, timed out or been disposed of: the call is not retried.
   */
  analyze(image: RgbImage, want: Want): Promise<Analysis>;
}

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Dataset, LabelledPicture } from "../dataset/dataset.ts";
import { DatasetError } from "../dataset/dataset.ts";
import { compose } from "../faces/composition.ts";
import type { RgbImage } from "../faces/image.ts";
import { decodePicture, UnreadablePicture } from "../faces/picture.ts";
import { primaryFace } from "../faces/primary-face.ts";
import type { Analysis, FaceObservation } from "../pipeline/analysis.ts";
import type { Analyzer } from "../pipeline/analyzer.ts";
import type { Evaluation, PictureResult } from "./result.ts";

/** Frames before anything is timed: the first ones pay for memory and caches. */
const warmUp = 3;

/** Who watches. */
export interface ObserveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture with its largest face. */
  readonly onPicture?:
    ((picture: LabelledPicture, face: FaceObservation | undefined, index: number) => void) | undefined;
}

/**
 * Shows a labelled set to an analyzer, picture by picture, asking for all that the model can tell.
 * @throws DatasetError for a picture that cannot be read; AnalyzerFailed.
 */
export async function observe(
  analyzer: Analyzer,
  { pictures }: Dataset,
  { signal, onPicture }: ObserveOptions = {},
): Promise<Omit<Evaluation, "parity">> {
  const { embedding, expression } = compose(analyzer.manifest.networks);
  const want = { identity: embedding !== undefined, expression: expression !== undefined };
  const results: PictureResult[] = [];
  for (const [index, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    const image = await decodeLabelled(picture);
    for (let k = 0; index === 0 && k < warmUp; k++) await analyzer.analyze(image, want);
    const analysis = await analyzer.analyze(image, want);
    const face = primaryFace(analysis.faces);
    results.push(resultOf(picture, face, analysis));
    onPicture?.(picture, face, index);
  }
  return {
    results,
    memoryBytes: process.memoryUsage.rss(),
    ...(embedding && { distance: embedding.metric }),
    ...(expression && { labels: expression.labels }),
  };
}

function resultOf(
  { identity, expression, subgroup }: LabelledPicture,
  face: FaceObservation | undefined,
  { milliseconds }: Analysis,
): PictureResult {
  return {
    ...(identity !== undefined && { identity }),
    ...(expression !== undefined && { expression }),
    ...(subgroup !== undefined && { subgroup }),
    found: face !== undefined,
    ...(face?.embedding && { embedding: face.embedding }),
    ...(face?.expression && { seenExpression: face.expression.label }),
    milliseconds,
  };
}

/** @throws DatasetError for a picture that cannot be read; it names its digest, since its name may be a person's. */
export async function decodeLabelled({ path }: Pick<LabelledPicture, "path">): Promise<RgbImage> {
  const bytes = await readFile(path);
  try {
    return await decodePicture(bytes);
  } catch (error) {
    if (!(error instanceof UnreadablePicture)) throw error;
    const digest = createHash("sha256").update(bytes).digest("hex");
    throw new DatasetError(`the picture of SHA-256 ${digest}: ${error.message}; repair it or take it out of the set`, {
      cause: error,
    });
  }
}

import { join } from "node:path";
import { cleanAndFold } from "../../runtime/graph/clean/clean.ts";
import { evaluateInOnnxRuntime } from "../../runtime/graph/clean/evaluate.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { ModelFormatError } from "../../runtime/graph/codec/format-error.ts";
import { ExternalDataError } from "../../runtime/graph/external/external-error.ts";
import { loadExternal } from "../../runtime/graph/external/load.ts";
import { GraphError } from "../../runtime/graph/graph-error.ts";
import { readModel } from "../../runtime/graph/read.ts";
import { inferTypes } from "../../runtime/graph/shapes/infer.ts";
import { checkForTensorRT } from "../../runtime/graph/tensorrt/check.ts";
import { versions } from "../../runtime/graph/tensorrt/release.ts";
import { writeModel } from "../../runtime/graph/write.ts";

/** What became of a file. */
export type Outcome =
  /** Read, written, and the same from then on. */
  | { readonly kind: "taken" }
  /** Refused by name, as a broken file is to be. */
  | { readonly kind: "refused"; readonly by: Stage }
  | { readonly kind: "found"; readonly stage: Stage; readonly problem: string };

/** What was being done. */
export type Stage =
  "decode" | "load" | "read" | "write" | "read again" | "write again" | "infer" | "check" | "clean" | "write cleaned";

/** How each stage may refuse a file; the others take what those before them took. */
const refusals: Readonly<Partial<Record<Stage, readonly (abstract new (...args: never[]) => Error)[]>>> = {
  decode: [ModelFormatError],
  load: [ExternalDataError],
  read: [GraphError, ModelFormatError],
  infer: [GraphError],
  clean: [GraphError],
};

/** There is none: whatever a file says of other files, none is to be found. */
const noFolder = join(import.meta.dirname, "no-folder");

/** Takes a file through everything that looks at models from outside, and says what became of it. */
export async function tryFile(file: Uint8Array): Promise<Outcome> {
  let stage: Stage = "decode";
  try {
    const proto = decodeModel(file);
    stage = "load";
    await loadExternal(proto, noFolder);
    stage = "read";
    const model = readModel(proto, { inlined: 1_000_000, dense: 2 ** 26 });
    stage = "write";
    const written = encodeModel(writeModel(model));
    stage = "read again";
    const again = readModel(decodeModel(written));
    stage = "write again";
    if (!Buffer.from(encodeModel(writeModel(again))).equals(written)) return found(stage, "it is not what was written");
    stage = "infer";
    const types = inferTypes(model);
    stage = "check";
    for (const version of versions) checkForTensorRT(model, types, version);
    stage = "clean";
    const cleaned = await cleanAndFold(model, { evaluate: evaluateInOnnxRuntime });
    stage = "write cleaned";
    readModel(decodeModel(encodeModel(writeModel(cleaned.model))));
    return { kind: "taken" };
  } catch (error) {
    if (refusals[stage]?.some((kind) => error instanceof kind)) return { kind: "refused", by: stage };
    return found(stage, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

const found = (stage: Stage, problem: string): Outcome => ({ kind: "found", stage, problem: problem.slice(0, 2000) });

import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { ModelFormatError } from "../../runtime/graph/codec/format-error.ts";
import { GraphError } from "../../runtime/graph/graph-error.ts";
import { readModel } from "../../runtime/graph/read.ts";
import { inferTypes } from "../../runtime/graph/shapes/infer.ts";
import { writeModel } from "../../runtime/graph/write.ts";

/** What became of a file. */
export type Outcome =
  /** Read, written, and the same from then on. */
  | { readonly kind: "taken" }
  /** Refused by name, as a broken file is to be. */
  | { readonly kind: "refused"; readonly by: "decode" | "read" | "infer" }
  | { readonly kind: "found"; readonly stage: Stage; readonly problem: string };

/** What was being done. */
export type Stage = "decode" | "read" | "infer" | "write" | "read again" | "write again";

/** Takes a file through everything that looks at models from outside, and says what became of it. */
export function tryFile(file: Uint8Array): Outcome {
  let stage: Stage = "decode";
  try {
    const proto = decodeModel(file);
    stage = "read";
    const model = readModel(proto, { inlined: 1_000_000, dense: 2 ** 26 });
    stage = "write";
    const written = encodeModel(writeModel(model));
    stage = "read again";
    const again = readModel(decodeModel(written));
    stage = "write again";
    if (!Buffer.from(encodeModel(writeModel(again))).equals(written)) return found(stage, "it is not what was written");
    stage = "infer";
    inferTypes(model);
    return { kind: "taken" };
  } catch (error) {
    if (stage === "decode" && error instanceof ModelFormatError) return { kind: "refused", by: "decode" };
    if (stage === "read" && (error instanceof GraphError || error instanceof ModelFormatError))
      return { kind: "refused", by: "read" };
    if (stage === "infer" && error instanceof GraphError) return { kind: "refused", by: "infer" };
    return found(stage, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

const found = (stage: Stage, problem: string): Outcome => ({ kind: "found", stage, problem: problem.slice(0, 2000) });

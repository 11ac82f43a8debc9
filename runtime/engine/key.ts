import type { Hardware } from "../../crds/enginebuild.ts";
import type { Network } from "../../crds/network.ts";
import { digestOf, hexOf } from "./digest.ts";

/** All that an engine depends on. */
export interface EngineFacts {
  readonly networks: readonly Network[];
  readonly precision: "FP32" | "FP16" | "INT8";
  /** Digest of the calibration set of INT8. */
  readonly calibration?: string;
  /** Revision of what reduced the models; FP32 engines are built from models as they are. */
  readonly reducer?: number;
  readonly backend: { readonly name: string; readonly version: string };
  readonly hardware: Hardware;
}

/**
 * The key of an engine: 24 hex digits of a hash over what decides how it was built and how it is read.
 *
 * In it: of each network its name, the digest of its model and how its input is made and its outputs are read, since the
 * manifest under the key tells the runtime so; precision, calibration and the revision of what reduced the models; backend
 * and its version; and of the hardware what TensorRT ties an engine to, which is processor, module, L4T, compute
 * capability, TensorRT version and power mode (tactics are timed at the clocks of the mode).
 *
 * Not in it: where a model was pulled from, the memory of the node, the revision, the gate. Two revisions with the same
 * key share their engines.
 */
export function engineKey({ networks, precision, calibration, reducer, backend, hardware }: EngineFacts): string {
  const { architecture, module, l4t, computeCapability, tensorrt, powerMode } = hardware;
  const facts = {
    format: 1,
    networks: networks.map(({ source, ...recipe }) => ({ ...recipe, digest: source.digest })),
    precision,
    calibration,
    reducer,
    backend: { name: backend.name, version: backend.version },
    hardware: { architecture, module, l4t, computeCapability, tensorrt, powerMode },
  };
  return hexOf(digestOf(canonical(facts))).slice(0, 24);
}

/** JSON whose fields are in the order of their names, so that equal facts give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

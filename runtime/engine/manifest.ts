import { z } from "zod";
import { Hardware } from "../../crds/enginebuild.ts";
import { Network } from "../../crds/network.ts";
import { Digest } from "../../crds/shared.ts";

/** Name of the manifest in an engine directory. */
export const manifestFile = "manifest.json";

/** A file of one network as a backend built it. */
export const EngineFile = z.object({
  network: z.string().min(1).max(63),
  /** File name within the engine directory. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/, "must be a plain file name"),
  digest: Digest,
  bytes: z.int().min(1),
});

/** What one output tensor was when the engine was built: enough to see whether it still is. */
export const GoldenTensor = z.object({
  tensor: z.string().min(1).max(253),
  dims: z.array(z.int().min(0)).max(8),
  /** Root of the mean square over all elements: the scale of the tolerance. */
  rms: z.number().nonnegative(),
  /** Every `stride`-th element from the first on, at most 64. */
  stride: z.int().min(1),
  values: z.array(z.number()).max(64),
});

/** What a network said to a picture of seeded noise, on the node, right after the build. */
export const Golden = z.object({
  network: z.string().min(1).max(63),
  seed: z.int().min(0),
  outputs: z.array(GoldenTensor).min(1).max(32),
});

/** What is in an engine directory and how it came about: all that is needed to load it without the control plane. */
export const Manifest = z.object({
  format: z.literal(1),
  key: z.string().min(1).max(128),
  model: z.string().min(1).max(253),
  /** The revision it was first built for; another revision with the same key reuses it. */
  builtFor: z.string().min(1).max(63),
  builtAt: z.iso.datetime(),
  precision: z.enum(["FP32", "FP16", "INT8"]),
  /** Revision of what reduced the models; absent where they were built as they are. */
  reducer: z.int().min(1).optional(),
  backend: z.object({
    name: z.enum(["TensorRT", "ONNXRuntime"]),
    version: z.string().min(1).max(63),
    /** Why this backend, when it is not what one would expect. */
    note: z.string().max(512).optional(),
  }),
  networks: z.array(Network).min(1).max(8),
  engines: z.array(EngineFile).min(1).max(8),
  hardware: Hardware,
  golden: z.array(Golden).min(1).max(8),
});

export type EngineFile = z.infer<typeof EngineFile>;
export type GoldenTensor = z.infer<typeof GoldenTensor>;
export type Golden = z.infer<typeof Golden>;
export type Manifest = z.infer<typeof Manifest>;

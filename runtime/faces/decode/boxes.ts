import type { NetworkOutput } from "../../../crds/network.ts";
import type { Sides } from "../crop.ts";
import { suppress } from "../nms.ts";
import type { DetectedFace } from "./detected-face.ts";
import type { Tensor } from "./tensor.ts";
import { decodeTinyYolo2 } from "./tiny-yolo2.ts";
import { decodeYuNet } from "./yunet.ts";

type Decoder = NonNullable<NetworkOutput["decoder"]>;

/** How boxes are read: `overlap` is what suppression tolerates, `threshold` the score where the output names none. */
export interface BoxDecoder {
  readonly decode: (tensors: readonly Tensor[], input: Sides, threshold: number) => DetectedFace[];
  readonly overlap: number;
  readonly threshold: number;
  readonly givesPoints: boolean;
}

/** Decoders of role Boxes, by name, with the defaults of their makers. */
export const boxDecoders: Partial<Record<Decoder, BoxDecoder>> = {
  TinyYolo2: { decode: decodeTinyYolo2, overlap: 0.4, threshold: 0.5, givesPoints: false },
  YuNet: { decode: decodeYuNet, overlap: 0.3, threshold: 0.6, givesPoints: true },
};

/** Most faces that are followed up in one picture: a noisy picture must not cost without bound. */
export const mostFaces = 64;

/** Faces by falling score, without those that another one covers. */
export function decodeBoxes(
  { decode, overlap }: BoxDecoder,
  tensors: readonly Tensor[],
  input: Sides,
  threshold: number,
): DetectedFace[] {
  const finite = decode(tensors, input, threshold).filter(({ box }) => Object.values(box).every(Number.isFinite));
  return suppress(finite, overlap).slice(0, mostFaces);
}

import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import { drawHead, type Head } from "./head.ts";

/** Heads once drawn, because a head costs several times what a look at it does. */
export type Wardrobe = { headOf(identity: Identity, movement: Movement, scale: number): Head };

/** Texels a pixel of the picture: a little more than the rays sample. */
const OVERSAMPLING = 1.4;

/** A wardrobe that keeps the heads used last. */
export function createWardrobe(capacity = 24): Wardrobe {
  const heads = new Map<string, Head>();
  return {
    headOf(identity, movement, scale) {
      const density = densityFor(scale);
      const key = JSON.stringify([identity, movement, density]);
      const head = heads.get(key) ?? drawHead(identity, movement, density);
      heads.delete(key);
      heads.set(key, head);
      for (const oldest of heads.keys()) {
        if (heads.size <= capacity) break;
        heads.delete(oldest);
      }
      return head;
    },
  };
}

/** Texels a head unit for a face of the given scale (pixels a head unit), in steps, so that a nearing face is reused. */
function densityFor(scale: number): number {
  const steps = [48, 64, 80, 96, 112, 128, 160, 192];
  return steps.find((step) => step >= scale * OVERSAMPLING) ?? 224;
}

import { z } from "zod";
import type { Gallery } from "./gallery.ts";

const Header = z.object({
  people: z.array(z.string().max(63)).max(10_000),
  dimensions: z.int().min(0).max(4096),
  owners: z.array(z.int().min(0)).max(1_000_000),
});

/** A gallery as bytes: the length of a JSON header (32 bits, little endian), the header, then the templates as floats. */
export function encodeGallery({ people, dimensions, owners, templates }: Gallery): Uint8Array<ArrayBuffer> {
  const header = Buffer.from(JSON.stringify({ people, dimensions, owners: [...owners] }));
  const bytes = new Uint8Array(4 + header.length + 4 * templates.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  bytes.set(header, 4);
  for (const [k, value] of templates.entries()) view.setFloat32(4 + header.length + 4 * k, value, true);
  return bytes;
}

/** The gallery that `encodeGallery` wrote. @throws Error when the bytes are something else. */
export function decodeGallery(bytes: Uint8Array): Gallery {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + view.getUint32(0, true);
  const { people, dimensions, owners } = Header.parse(JSON.parse(Buffer.from(bytes.subarray(4, start)).toString()));
  const count = owners.length * dimensions;
  if (bytes.length !== start + 4 * count || owners.some((owner) => owner >= people.length)) {
    throw new RangeError("the templates do not fit their header");
  }
  const templates = Float32Array.from({ length: count }, (_, k) => view.getFloat32(start + 4 * k, true));
  return { people, dimensions, owners: Int32Array.from(owners), templates };
}

import { readFile } from "node:fs/promises";
import { z } from "zod";

const Header = z.record(
  z.string(),
  z.object({
    dtype: z.literal("F32"),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
);

/** A float32 tensor: row-major. */
export interface Floats {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * The tensors of a safetensors file whose elements are all float32, by name, as views of the file's bytes.
 * Source: https://huggingface.co/docs/safetensors/index#format
 */
export async function readSafetensors(path: string): Promise<ReadonlyMap<string, Floats>> {
  const file = await readFile(path);
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = Header.parse(JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length))));
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        const data = new Float32Array(bytes, 8 + length + start, (end - start) / Float32Array.BYTES_PER_ELEMENT);
        return [name, { dims: shape, data }];
      },
    ),
  );
}

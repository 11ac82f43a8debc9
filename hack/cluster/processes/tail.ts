import { open } from "node:fs/promises";

/** The last bytes of a text file. */
export async function tail(file: string, bytes = 2_000): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const start = Math.max(0, size - bytes);
  const { buffer, bytesRead } = await handle.read({ position: start, buffer: Buffer.alloc(size - start) });
  return buffer.toString("utf8", 0, bytesRead);
}

import type { Readable } from "node:stream";
import { ApiError } from "./api-error.ts";

const NEWLINE = 0x0a;

/** Ends the reading of `body` when `signal` aborts; call what it returns when reading is done. */
function endOnAbort(body: Readable, signal: AbortSignal): () => void {
  const end = (): void => void body.destroy(signal.reason as Error);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return () => signal.removeEventListener("abort", end);
}

/**
 * Reads a whole body.
 *
 * @param limit The longest body that is taken, in bytes.
 * @throws ApiError "TooLarge" beyond the limit; the stream's error, or the signal's reason.
 */
export async function readBytes(body: Readable, limit: number, signal: AbortSignal): Promise<Buffer> {
  const release = endOnAbort(body, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new ApiError(`body of more than ${limit} bytes`, { kind: "TooLarge" });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  } finally {
    release();
  }
}

/**
 * Reads a body line by line, the newlines left out.
 *
 * `limit` is the longest line that is taken, in bytes; `onChunk` is called for each piece that arrives, a sign of life
 * even when it completes no line.
 *
 * @throws ApiError "TooLarge" for a longer line, "Unreachable" when the body ends within a line; the stream's error,
 *   or the signal's reason.
 */
export async function* readLines(
  body: Readable,
  { limit, signal, onChunk }: { limit: number; signal: AbortSignal; onChunk?: () => void },
): AsyncGenerator<string, void, void> {
  const release = endOnAbort(body, signal);
  let held: Buffer[] = [];
  let size = 0;
  const take = (last: Buffer): string => {
    const line = held.length === 0 ? last : Buffer.concat([...held, last]);
    [held, size] = [[], 0];
    return line.toString("utf8");
  };
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      onChunk?.();
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        const line = take(chunk.subarray(from, end));
        from = end + 1;
        if (line !== "") yield line;
      }
      held.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > limit) throw new ApiError(`line of more than ${limit} bytes`, { kind: "TooLarge" });
    }
    if (size > 0) throw new ApiError(`body ended within a line, after ${size} bytes of it`, { kind: "Unreachable" });
  } finally {
    release();
    body.destroy();
  }
}

/** A part of a multipart body. Header names are in lower case. */
export interface Part {
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

/** Bounds on what an untrusted camera may send, in bytes. */
export interface PartLimits {
  headers: number;
  body: number;
}

/** The body breaks the rules of multipart or the limits. `what` says which; the connection is of no more use. */
export class MalformedMultipart extends Error {
  override name = "MalformedMultipart";
  readonly what: "boundary" | "headers" | "body";
  constructor(what: MalformedMultipart["what"], message: string) {
    super(message);
    this.what = what;
  }
}

export const defaultPartLimits: PartLimits = { headers: 16 * 1024, body: 8 * 1024 * 1024 };

const headerEnd = Buffer.from("\r\n\r\n");

/**
 * Splits a multipart stream into its parts as they arrive: one with a Content-Length at its last byte, one without only
 * when the next boundary comes. Source: RFC 2046, section 5.1; `multipart/x-mixed-replace` as network cameras send it.
 * @throws MalformedMultipart when a part exceeds a limit or the stream is not multipart.
 */
export async function* readParts(
  stream: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: PartLimits = defaultPartLimits,
): AsyncGenerator<Part, void> {
  const reader = new Reader(stream);
  const delimiter = Buffer.from(`--${boundary}`);
  if ((await reader.until(delimiter, limits.headers, "boundary")) === undefined) return;
  for (;;) {
    const head = await reader.until(headerEnd, limits.headers, "headers");
    if (head === undefined || head.subarray(0, 2).toString("latin1") === "--") return;
    const headers = parseHeaders(head.toString("latin1"));
    const length = lengthOf(headers, limits);
    const body = length === undefined ? await readOpenEnded(reader, delimiter, limits) : await reader.exactly(length);
    if (body === undefined) return;
    yield { headers, body };
    if (length !== undefined && (await reader.until(delimiter, limits.headers, "boundary")) === undefined) return;
  }
}

/** The boundary that a Content-Type names, or undefined when it is not multipart. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /^multipart\/[^;]+;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return (match?.[1] ?? match?.[2])?.replace(/^--/, "");
}

/** Content-Length, or undefined when a part has none that makes sense. */
function lengthOf(headers: Part["headers"], limits: PartLimits): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  if (!Number.isInteger(length)) return undefined;
  if (length >= 0 && length <= limits.body) return length;
  throw new MalformedMultipart("body", `a part of ${length} bytes exceeds the limit of ${limits.body}`);
}

/** Up to the line break before the next boundary. */
async function readOpenEnded(reader: Reader, delimiter: Buffer, limits: PartLimits): Promise<Buffer | undefined> {
  const body = await reader.until(delimiter, limits.body, "body");
  return body?.subarray(0, Math.max(0, body.length - 2));
}

function parseHeaders(head: string): Map<string, string> {
  const lines = head.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** Reads a stream by delimiter or by count. Each answers undefined when the stream ends first. */
class Reader {
  #buffered: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async until(delimiter: Buffer, limit: number, what: MalformedMultipart["what"]): Promise<Buffer | undefined> {
    for (let from = 0; ;) {
      const at = this.#buffered.indexOf(delimiter, from);
      if (at >= 0 && at <= limit) return this.#take(at, delimiter.length);
      if (this.#buffered.length > limit) throw new MalformedMultipart(what, `no end of ${what} within ${limit} bytes`);
      from = Math.max(0, this.#buffered.length - delimiter.length + 1);
      if (!(await this.#more())) return undefined;
    }
  }

  async exactly(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [this.#buffered];
    let have = this.#buffered.length;
    while (have < length) {
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      pieces.push(Buffer.from(chunk.value.buffer, chunk.value.byteOffset, chunk.value.byteLength));
      have += chunk.value.byteLength;
    }
    this.#buffered = pieces.length === 1 ? this.#buffered : Buffer.concat(pieces);
    return this.#take(length, 0);
  }

  #take(length: number, skipped: number): Buffer {
    const taken = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length + skipped);
    return taken;
  }

  async #more(): Promise<boolean> {
    const chunk = await this.#chunks.next();
    if (chunk.done === true) return false;
    this.#buffered = Buffer.concat([this.#buffered, chunk.value]);
    return true;
  }
}

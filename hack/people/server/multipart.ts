import type { Writable } from "node:stream";
import type { Moment } from "./loop-clock.ts";

const BOUNDARY = "facefleet-frame";

/** The content type of a camera's stream. */
export const MULTIPART = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;

/** Writes one part: `X-Frame: <loop>/<index>` says which frame it is, `X-Timestamp` (seconds since 1970) when it was due. */
export function sendFrame(stream: Writable, jpeg: Buffer, { loop, index, due }: Moment): void {
  const head = [
    `--${BOUNDARY}`,
    "Content-Type: image/jpeg",
    `Content-Length: ${jpeg.length}`,
    `X-Frame: ${loop}/${index}`,
    `X-Timestamp: ${(due / 1000).toFixed(3)}`,
    "\r\n",
  ].join("\r\n");
  stream.write(Buffer.concat([Buffer.from(head, "latin1"), jpeg, Buffer.from("\r\n", "latin1")]));
}

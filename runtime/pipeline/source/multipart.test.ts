import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { boundaryOf, MalformedMultipart, readParts, type Part } from "./multipart.ts";

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
    await Promise.resolve();
  }
}

function multipart(bodies: readonly Uint8Array[], withLength: boolean): Uint8Array {
  const parts = bodies.map((body, index) =>
    Buffer.concat([
      Buffer.from(`--frame\r\nContent-Type: image/jpeg\r\nX-Frame: ${index}\r\n`),
      Buffer.from(withLength ? `Content-Length: ${body.length}\r\n\r\n` : "\r\n"),
      body,
      Buffer.from("\r\n"),
    ]),
  );
  return Buffer.concat([...parts, Buffer.from("--frame--\r\n\r\n")]);
}

const all = (parts: AsyncIterable<Part>) => Array.fromAsync(parts);

describe("a multipart stream", () => {
  test("gives back every part however the network cuts it", async () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bodies, sizes, async (sent, cuts) => {
        const parts = await all(readParts(chunksOf(multipart(sent, true), cuts), "frame"));
        expect(parts.map((part) => [...part.body])).toEqual(sent.map((body) => [...body]));
        expect(parts.map((part) => part.headers.get("x-frame"))).toEqual(sent.map((_, index) => String(index)));
      }),
    );
  });

  test("is split at boundaries when parts have no Content-Length", async () => {
    const sent = [Buffer.from("one"), Buffer.from("two\r\nlines")];
    const parts = await all(readParts(chunksOf(multipart(sent, false), [7]), "frame"));
    expect(parts.map((part) => part.body.toString())).toEqual(["one", "two\r\nlines"]);
  });

  test("gives a part with a Content-Length at its last byte, not when the next one begins", async () => {
    const { promise: never } = Promise.withResolvers<undefined>();
    async function* stalled() {
      const bytes = multipart([Buffer.from("frame")], true);
      yield bytes.subarray(0, Buffer.from(bytes).indexOf("frame\r\n--") + "frame".length);
      await never;
    }
    const { value } = await readParts(stalled(), "frame").next();
    expect(value?.body.toString()).toBe("frame");
  });

  test("that ends within a part gives the whole parts only", async () => {
    const bytes = multipart([Buffer.from("whole"), Buffer.from("half of this one is missing")], true);
    const parts = await all(readParts(chunksOf(bytes.subarray(0, bytes.length - 30), [11]), "frame"));
    expect(parts.map((part) => part.body.toString())).toEqual(["whole"]);
  });

  test.each([
    ["a part beyond the limit by its Content-Length", "--frame\r\nContent-Length: 999999\r\n\r\n", "body"],
    ["headers without an end", `--frame\r\n${"X-Filler: y\r\n".repeat(100)}`, "headers"],
    ["no boundary at all", "x".repeat(2000), "boundary"],
    ["a part beyond the limit without Content-Length", `--frame\r\nA: b\r\n\r\n${"z".repeat(2000)}`, "body"],
  ])("with %s is refused", async (_, bytes, what) => {
    const parts = all(readParts(chunksOf(Buffer.from(bytes), [64]), "frame", { headers: 500, body: 1000 }));
    await expect(parts).rejects.toMatchObject({ name: MalformedMultipart.name, what });
  });
});

test.each([
  ["multipart/x-mixed-replace; boundary=frame", "frame"],
  ['multipart/x-mixed-replace;boundary="--my boundary"', "my boundary"],
  ["multipart/x-mixed-replace; charset=x; boundary=--abc", "abc"],
  ["image/jpeg", undefined],
])("the boundary of %s is %s", (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});

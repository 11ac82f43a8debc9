import { expect, test } from "@jest/globals";
import { Latest } from "./latest.ts";

test("a slow consumer sees the newest value, and the producer hears of each that it missed", async () => {
  const mailbox = new Latest<number>();
  const replaced = [1, 2, 3].map((value) => mailbox.put(value));
  const seen: number[] = [];
  for await (const value of mailbox.values()) {
    seen.push(value);
    if (value === 3) replaced.push(mailbox.put(4));
    else mailbox.close();
  }
  expect({ seen, replaced }).toEqual({ seen: [3, 4], replaced: [undefined, 1, 2, undefined] });
});

test("a waiting consumer is woken by a value and by the end", async () => {
  const mailbox = new Latest<string>();
  const seen = Array.fromAsync(mailbox.values());
  mailbox.put("frame");
  await Promise.resolve();
  mailbox.close();
  expect(await seen).toEqual(["frame"]);
});

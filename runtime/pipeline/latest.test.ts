import { expect, test } from "@jest/globals";
import { Latest } from "./latest.ts";

test("a slow consumer sees the newest value and the count of those it missed", async () => {
  const mailbox = new Latest<number>();
  for (const value of [1, 2, 3]) mailbox.put(value);
  const seen: number[] = [];
  for await (const value of mailbox.values()) {
    seen.push(value);
    if (value === 3) mailbox.put(4);
    else mailbox.close();
  }
  expect({ seen, dropped: mailbox.dropped }).toEqual({ seen: [3, 4], dropped: 2 });
});

test("a waiting consumer is woken by a value and by the end", async () => {
  const mailbox = new Latest<string>();
  const seen = Array.fromAsync(mailbox.values());
  mailbox.put("frame");
  await Promise.resolve();
  mailbox.close();
  expect(await seen).toEqual(["frame"]);
});

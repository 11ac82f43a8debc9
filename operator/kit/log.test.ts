import { expect, test } from "@jest/globals";
import { createLogger } from "./log.ts";

test("a log line is JSON with a level, a time, a name and a constant message, and without credentials", () => {
  const lines: string[] = [];
  const log = createLogger({ name: "operator", level: "debug" }, { write: (line) => lines.push(line) });
  log
    .child({ controller: "things" })
    .debug({ token: "secret", headers: { authorization: "secret" }, key: "d/a" }, "done");
  log.trace("not at this level");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: "debug",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      name: "operator",
      controller: "things",
      headers: {},
      key: "d/a",
      msg: "done",
    },
  ]);
});

import { expect, test } from "@jest/globals";
import { isSent, parseIgnore } from "./context.ts";

const patterns = parseIgnore("# all but the product\n*\n!package.json\n!runtime\n\n**/*.test.ts\nruntime/oracle\n");

test.each([
  ["a file that is brought back", "package.json", true],
  ["a file in a folder that is brought back", "runtime/serve/serve.ts", true],
  ["a file that nothing brings back", "Makefile", false],
  ["a file in a folder that nothing brings back", "docs/README.md", false],
  ["a file whose name begins with a dot", ".npmrc", false],
  ["a file in a folder whose name begins with a dot", ".ci/run", false],
  ["a file that is taken out again, however deep", "runtime/serve/serve.test.ts", false],
  ["a file in a folder that is taken out again", "runtime/oracle/values.json", false],
  ["a file whose name only begins alike", "runtime/oracle.ts", true],
])("%s is sent to the build or not: %s, %s", (_, path, sent) => {
  expect(isSent(path, patterns)).toBe(sent);
});

test("without a pattern everything is sent", () => {
  expect(isSent("a", [])).toBe(true);
});

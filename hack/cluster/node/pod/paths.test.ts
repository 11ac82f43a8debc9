import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rewritePaths } from "./paths.ts";

const mappings = [
  { containerPath: "/etc/config", realPath: "/real/config" },
  { containerPath: "/etc/config/deep", realPath: "/real/deep" },
  { containerPath: "/data/", realPath: "/real/data" },
  { containerPath: "/dev/termination-log", realPath: "/real/last-words" },
];

test.each([
  ["a mount itself", "/etc/config", "/real/config"],
  ["a file of a mount", "/etc/config/a.json", "/real/config/a.json"],
  ["the longer of two mounts", "/etc/config/deep/a", "/real/deep/a"],
  ["a mount that is written with a slash at its end", "/data/x", "/real/data/x"],
  ["after an equals sign", "--store=/data/engines", "--store=/real/data/engines"],
  ["in a list with colons", "/usr/bin:/data/bin:/etc/config", "/usr/bin:/real/data/bin:/real/config"],
  ["in a list with commas", "a,/data,b", "a,/real/data,b"],
  ["in a file URI", "file:///data/model.onnx", "file:///real/data/model.onnx"],
  [
    "in a shell script",
    `cat "/data/a" >/dev/termination-log; ls '/data'`,
    `cat "/real/data/a" >/real/last-words; ls '/real/data'`,
  ],
])("rewrites %s", (_, text, expected) => {
  expect(rewritePaths(text, mappings)).toBe(expected);
});

test.each([
  ["a path that only begins alike", "/database/x"],
  ["a path with a longer last name", "/etc/config-old /data.bak /data_2"],
  ["a path below another", "/mnt/data/x"],
  ["the path of an address on the network", "https://example.org/data/x"],
  ["a name that is no path", "data config"],
])("leaves %s", (_, text) => {
  expect(rewritePaths(text, mappings)).toBe(text);
});

test("a mount at the root rewrites nothing: there is no other root", () => {
  expect(rewritePaths("/etc/x", [{ containerPath: "/", realPath: "/real" }])).toBe("/etc/x");
});

test("a path that means something to regular expressions is taken as it is written", () => {
  expect(rewritePaths("/a+(b)/c /aab/c", [{ containerPath: "/a+(b)", realPath: "/r" }])).toBe("/r/c /aab/c");
});

test("a text without a mounted path stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!mappings.some(({ containerPath }) => text.includes(containerPath.replace(/\/$/, ""))));
      expect(rewritePaths(text, mappings)).toBe(text);
    }),
  );
});

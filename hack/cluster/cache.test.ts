import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { cacheDirectory } from "./cache.ts";

test.each([
  ["FACEFLEET_CACHE comes first", { FACEFLEET_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
  ["then a folder of XDG_CACHE_HOME", { XDG_CACHE_HOME: "/b" }, "/b/facefleet"],
  ["then a folder of the home directory", {}, join(homedir(), ".cache", "facefleet")],
  [
    "and what is set to nothing does not count",
    { FACEFLEET_CACHE: "", XDG_CACHE_HOME: "" },
    join(homedir(), ".cache", "facefleet"),
  ],
])("%s", (_, environment, expected) => {
  expect(cacheDirectory(environment)).toBe(expected);
});

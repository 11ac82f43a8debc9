import { expect, test } from "@jest/globals";
import { quietFor, story } from "./story.ts";

test("steps are lettered in the order in which they are played", () => {
  const letters = [...story, quietFor(1)].map(({ name }) => /^\(([a-z])\) /.exec(name)?.[1]);
  expect(letters.join("")).toBe("abcdefghijklmnopqrstuvwxyz".slice(0, letters.length));
});

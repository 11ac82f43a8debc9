import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { expandVariables } from "./expansion.ts";

const variables = new Map([
  ["A", "alpha"],
  ["NESTED", "$(A)"],
  ["EMPTY", ""],
]);

test.each([
  ["a variable", "$(A)", "alpha"],
  ["several in a text", "x$(A)y$(A)z", "xalphayalphaz"],
  ["an empty one", "[$(EMPTY)]", "[]"],
  ["an unknown one, which stays", "$(B)", "$(B)"],
  ["an escaped one, which stays without the escape", "$$(A)", "$(A)"],
  ["an escape of an escape", "$$$(A)", "$alpha"],
  ["a shell's own variables, which are not ours", "$HOME ${HOME} $(", "$HOME ${HOME} $("],
  ["values once, not again", "$(NESTED)", "$(A)"],
])("expands %s", (_, text, expected) => {
  expect(expandVariables(text, variables)).toBe(expected);
});

test("whatever has its dollars doubled comes out as it went in", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expandVariables(text.replaceAll("$", "$$$$"), variables)).toBe(text);
    }),
  );
});

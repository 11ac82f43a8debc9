import { describe, expect, test } from "@jest/globals";
import { remove, set } from "./edit.ts";

const object = { spec: { waves: [{ name: "canary" }, { name: "rest" }] } };

describe("an edit", () => {
  test("sets a field of a copy", () => {
    expect(set("spec.waves[1].name", "all")(object).spec.waves).toEqual([{ name: "canary" }, { name: "all" }]);
    expect(object.spec.waves[1]?.name).toBe("rest");
  });

  test("removes an item or a field", () => {
    expect(remove("spec.waves[0]")(object).spec.waves).toEqual([{ name: "rest" }]);
    expect(remove("spec.waves")(object).spec).toEqual({});
  });

  test.each(["spec.wave[0].name", "spec.waves[2].name"])("through what is not there is an error: %s", (path) => {
    expect(() => set(path, "x")(object)).toThrow(/not there/);
  });

  test("of what is not there to remove is an error", () => {
    expect(() => remove("spec.waves[0].nodes")(object)).toThrow(/no spec.waves\[0\].nodes to remove/);
  });
});

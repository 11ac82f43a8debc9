import { describe, expect, test } from "@jest/globals";
import { exampleOf } from "../examples.ts";
import { kinds } from "../kinds.ts";
import { objectSchema } from "./crd.ts";
import { referenceIndex, referencePage } from "./reference.ts";
import { eachSchema } from "./schema.ts";

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("the page of %s", (_, kind) => {
  const page = referencePage(kind, exampleOf(kind));

  test("tells every rule", () => {
    const rules = [...eachSchema(objectSchema(kind), kind.kind)].flatMap(
      ({ schema }) => schema["x-kubernetes-validations"] ?? [],
    );
    for (const { message } of rules) expect(page).toContain(message.replaceAll("<", "\\<").replaceAll("|", "\\|"));
  });

  test("has four cells in every row of a table of fields", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
  });

  test("shows an example that zod takes", () => {
    expect(kind.spec.safeParse(exampleOf(kind).spec)).toMatchObject({ success: true });
  });
});

test("the index links every kind", () => {
  for (const { kind, singular } of kinds) expect(referenceIndex(kinds)).toContain(`[${kind}](${singular}.md)`);
});

import { expect, test } from "@jest/globals";
import { describeRows } from "./table.ts";

const row = { topic: "shapes", name: "ResNet-18", ours: 60, theirs: 60, bound: "equal", ok: true };

test("rows stand under their headings, figures with six digits", () => {
  expect(describeRows([row, { ...row, topic: "vjp", ours: 1.23456789e-7, theirs: "0", bound: "<= 1e-5" }])).toBe(
    [
      "TOPIC   WHAT       OURS        THEIRS  BOUND",
      "shapes  ResNet-18  60          60      equal    ok",
      "vjp     ResNet-18  1.23457e-7  0       <= 1e-5  ok",
      "",
      "2 rows, all within their bounds.",
    ].join("\n"),
  );
});

test("what is out of bounds is said twice, the second time whole", () => {
  const long = "x".repeat(100);
  const table = describeRows([row, { ...row, ours: long, ok: false }]);
  expect(table).toContain(`${"x".repeat(69)}...`);
  expect(table).toContain("OUT OF BOUNDS");
  expect(table).toMatch(new RegExp(`1 of 2 rows are out of bounds:\n  shapes: ResNet-18: ${long}$`));
});

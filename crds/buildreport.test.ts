import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BuildReport, formatBuildReport, parseBuildReport, REPORT_LIMIT } from "./buildreport.ts";

const passed: BuildReport = { verdict: "Success", engineKey: "5f1d7a84db00d2fc" };
const measurement = {
  metric: "VerificationAccuracy",
  value: "0.973",
  n: 600,
  verdict: "Success",
  message: "m".repeat(200),
} as const;

describe("a build report", () => {
  test("reads back as it was written", () => {
    const report: BuildReport = { ...passed, reused: true, measurements: [measurement], hardware: { l4t: "r36.4.4" } };
    expect(parseBuildReport(formatBuildReport(report))).toEqual(report);
  });

  test.each([
    ["nothing", ""],
    ["a cut text", '{"verdict":"Succ'],
    ["another form", '{"verdict":"Perhaps"}'],
    ["a success that names no engines", '{"verdict":"Success"}'],
    ["a text beyond the limit", JSON.stringify({ ...passed, padding: "x".repeat(REPORT_LIMIT) })],
    ["an array", "[]"],
  ])("%s is no report", (_, text) => {
    expect(parseBuildReport(text)).toBeUndefined();
  });

  test("of many checks keeps its verdict and as many measurements as fit", () => {
    const report: BuildReport = { ...passed, measurements: Array.from({ length: 48 }, () => measurement) };
    const read = parseBuildReport(formatBuildReport(report));
    expect(read?.verdict).toBe("Success");
    expect(read?.measurements?.length).toBeGreaterThan(8);
  });

  test("with any message comes back within the limit", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2048, unit: "binary" }), (message) => {
        const read = parseBuildReport(formatBuildReport({ verdict: "Error", message, retryable: true }));
        expect(read).toMatchObject({ verdict: "Error", retryable: true });
      }),
    );
  });
});

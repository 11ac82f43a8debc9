import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { CloudEvent } from "cloudevents";
import { modelReasons, objectReasons } from "../../../operator/plan/status/reasons.ts";
import { alerts } from "./alerts.ts";
import { dataFields, eventTypes, exampleEvent } from "./cloudevents.ts";
import { commonRegistry, declaredIn, runtimeRegistry } from "./metrics.ts";

const operator = join(import.meta.dirname, "../../../operator");

describe("the page of Kubernetes Events", () => {
  const sources = readdirSync(operator, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/\.(test|fake)\.ts$|reasons\.ts$/.test(path))
    .map((path) => readFileSync(join(operator, path), "utf8"))
    .join("\n");

  test.each(Object.keys({ ...modelReasons, ...objectReasons }))(
    "tells of %s, which the operator does tell",
    (reason) => {
      expect(sources).toMatch(new RegExp(`(tell\\(\\s*|reason: )"${reason}"`));
    },
  );
});

describe("the page of CloudEvents", () => {
  const types = Object.keys(eventTypes) as (keyof typeof eventTypes)[];

  test.each(types)("shows a valid event of type %s", (type) => {
    expect(new CloudEvent(exampleEvent(type)).validate()).toBe(true);
  });

  test("explains the fields that events have, and no others", () => {
    const shown = new Set(types.flatMap((type) => Object.keys(exampleEvent(type).data as object)));
    expect([...shown].toSorted()).toEqual(Object.keys(dataFields).toSorted());
  });
});

describe("the page of metrics", () => {
  const registries = [commonRegistry(), runtimeRegistry()];
  const declared = registries.flatMap(declaredIn);
  const labels = new Set([...declared.flatMap(({ labelNames }) => labelNames), "le", "pod"]);
  const series = new Set(
    declared.flatMap(({ name, type }) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name],
    ),
  );
  const words = new Set(["sum", "by", "rate", "increase", "absent", "histogram_quantile", "or"]);

  test.each(alerts)("has alert $name speak of series and labels that there are", ({ expression }) => {
    const unquoted = expression.replaceAll(/"[^"]*"|\[[^\]]*\]/g, "");
    const unknown = unquoted.match(/[a-zA-Z_]\w*/g)!.filter((word) => !words.has(word) && !labels.has(word));
    expect(unknown.length).toBeGreaterThan(0);
    for (const name of unknown) expect(series).toContain(name);
  });

  test.each(alerts.filter(({ expression }) => expression.includes('"')))(
    "has alert $name ask for values that labels have",
    async ({ expression }) => {
      const exposed = (await Promise.all(registries.map((registry) => registry.metrics()))).join("\n");
      for (const [, label, values] of expression.matchAll(/(\w+)=~?"([^"]*)"/g))
        for (const value of values!.split("|")) expect(exposed).toContain(`${label}="${value}"`);
    },
  );
});

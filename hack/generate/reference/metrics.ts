import { Registry } from "prom-client";
import { toYaml } from "../../../crds/derive/yaml.ts";
import { createMetrics } from "../../../operator/kit/metrics.ts";
import { createRuntimeMetrics } from "../../../runtime/serve/metrics.ts";
import { type Alert, alerts } from "./alerts.ts";
import { code, generatedFrom, page, table } from "./markdown.ts";

/** What a metric is registered as. */
export interface Declared {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** What a registry holds; prom-client's types leave out what a metric keeps of its configuration. */
export function declaredIn(registry: Registry): Declared[] {
  return registry.getMetricsAsArray() as unknown as Declared[];
}

/** The metrics of every process of ours. */
export function commonRegistry(): Registry {
  return createMetrics().registry;
}

/** The metrics that a runtime has besides, as they are before anything has happened. */
export function runtimeRegistry(): Registry {
  const registry = new Registry();
  const events = { accepted: 0, delivered: 0, overflowed: 0, refused: 0, unwritten: 0, pending: 0 };
  createRuntimeMetrics(registry, { events: () => events, swaps: () => 0 }).camera("entrance");
  return registry;
}

/** The page of all metrics. */
export function metricsPage(): string {
  return page([
    generatedFrom("operator/kit/metrics/", "runtime/serve/metrics.ts", "hack/generate/reference/alerts.ts"),
    "# Metrics",
    "At `/metrics` on port 8080 of the operator (`operator.metricsPort` of the chart) and of every runtime pod, in the text format of Prometheus. No label names a person, a track or an expression. A histogram has `_bucket`, `_sum` and `_count`. What has no unit is a number of things.",
    "## Of runtimes",
    metricTable(runtimeRegistry()),
    "## Of the operator and of runtimes",
    "The names are those of controller-runtime and client-go, so that their dashboards work; `kit_` and `reflector_` are ours. A runtime has no controller and no work queue, so those stay empty there. Both also have prom-client's metrics of the process (`process_`, `nodejs_`).",
    metricTable(commonRegistry()),
    "## Alerts to begin with",
    "A file of rules for Prometheus; the numbers are a start. That a FaceModel is Stalled is in its status and no metric: [operations](../operations.md#alerts).",
    `\`\`\`yaml\n${toYaml(ruleFile(alerts))}\`\`\``,
  ]);
}

function metricTable(registry: Registry): string {
  const rows = declaredIn(registry).map(({ name, type, labelNames, help }) => [
    code(name),
    type,
    labelNames.map(code).join(", "),
    unitOf(name),
    help,
  ]);
  return table(["Name", "Type", "Labels", "Unit", "Meaning"], rows);
}

/** By the naming rules of Prometheus a unit is the end of the name. */
function unitOf(name: string): string {
  return name.endsWith("_seconds") ? "seconds" : "";
}

function ruleFile(all: readonly Alert[]): object {
  const rules = all.map(({ name, expression, lasting, says }) => ({
    alert: name,
    expr: expression,
    for: lasting,
    annotations: { description: `${says}.` },
  }));
  return { groups: [{ name: "facefleet", rules }] };
}

import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { UsageError } from "../cluster/errors.ts";
import { findHelm, type FindHelmOptions } from "./find.ts";

/** The folder of the chart. */
const chartFolder = fileURLToPath(new URL("../../charts/facefleet/", import.meta.url));

/** A Kubernetes object as the chart renders it. */
export interface RenderedObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export interface RenderOptions extends FindHelmOptions {
  /** Default `facefleet`. */
  namespace?: string;
  /** Name of the release. Default `facefleet`. */
  release?: string;
}

/**
 * What `helm install` would apply for these values, in the order in which it would: accounts and CRDs first.
 *
 * @throws UsageError with Helm's words if a value is not allowed by the chart's schema or a template fails.
 */
export async function renderChart(values: object = {}, options: RenderOptions = {}): Promise<RenderedObject[]> {
  const { namespace = "facefleet", release = "facefleet" } = options;
  const rendered = await helm(
    ["template", release, chartFolder, "--namespace", namespace, "--values", "-"],
    options,
    JSON.stringify(values),
  );
  return parseAllDocuments(rendered)
    .map((document) => document.toJS() as RenderedObject | null)
    .filter((object) => object !== null);
}

/**
 * What `helm lint` says about the chart.
 *
 * @throws UsageError with Helm's words if it finds fault, be it a warning.
 */
export function lintChart(options: FindHelmOptions = {}): Promise<string> {
  return helm(["lint", "--strict", chartFolder], options);
}

async function helm(command: readonly string[], options: FindHelmOptions, input = ""): Promise<string> {
  const result = await execa(await findHelm(options), command, {
    input,
    reject: false,
    ...(options.signal && { cancelSignal: options.signal }),
  });
  options.signal?.throwIfAborted();
  if (result.failed) throw new UsageError(`helm ${command[0] ?? ""}: ${result.stderr}\n${result.stdout}`);
  return result.stdout;
}

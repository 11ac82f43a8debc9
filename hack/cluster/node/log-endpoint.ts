import { existsSync, readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import type { NodeConfiguration } from "./configuration.ts";
import type { Kubelet } from "./kubelet.ts";
import { type ContainerLog, formatLogLine, type LogQuery, readLogLines } from "./pod/log.ts";
import type { Route } from "./server.ts";
import { podLogs } from "./services.ts";

/** `GET /containerLogs/NAMESPACE/POD/CONTAINER`, what `kubectl logs` asks a kubelet for. */
export function logRoute(configuration: NodeConfiguration, kubelet: Kubelet): Route {
  return {
    method: "GET",
    path: /^\/containerLogs\/[^/]+\/[^/]+\/[^/]+$/,
    handle({ url }, response) {
      answer(url, response, configuration, kubelet);
    },
  };
}

function answer(url: URL, response: ServerResponse, configuration: NodeConfiguration, kubelet: Kubelet): void {
  const [, , namespace = "", name = "", container = ""] = url.pathname.split("/").map(decodeURIComponent);
  const query = parseQuery(url.searchParams);
  const found = kubelet.find(namespace, name);
  const path = found && logFile(join(podLogs(configuration, found.pod), container), query.previous ? 1 : 0);
  if (path === undefined) {
    const what = query.previous ? "previous log" : "log";
    response.writeHead(404).end(`no ${what} of container "${container}" of pod "${namespace}/${name}" on this node\n`);
    return;
  }
  response.writeHead(200, { "content-type": "text/plain" });
  const live = found?.worker?.logOf(container);
  if (query.follow && live?.path === path) followLog(live, query, response);
  else response.end(formatted(readLogLines(path), query));
}

interface Query extends LogQuery {
  follow: boolean;
  previous: boolean;
  limitBytes?: number;
}

function parseQuery(parameters: URLSearchParams): Query {
  const number = (name: string) => (parameters.has(name) ? Number(parameters.get(name)) : undefined);
  const seconds = number("sinceSeconds");
  const since = parameters.get("sinceTime") ?? (seconds !== undefined && new Date(Date.now() - seconds * 1000));
  const [tailLines, limitBytes] = [number("tailLines"), number("limitBytes")];
  return {
    follow: parameters.get("follow") === "true",
    previous: parameters.get("previous") === "true",
    timestamps: parameters.get("timestamps") === "true",
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(since && { since: new Date(since) }),
  };
}

/** The log of the last run, or of an earlier one; each run's is named by its number. */
function logFile(folder: string, back: number): string | undefined {
  if (!existsSync(folder)) return undefined;
  const runs = readdirSync(folder)
    .flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
  return runs[back] === undefined ? undefined : join(folder, `${runs[back]}.log`);
}

function formatted(lines: string[], query: Query): string {
  const wanted = lines.map((line) => formatLogLine(line, query)).filter((line) => line !== undefined);
  const text = wanted.slice(query.tailLines === undefined ? 0 : Math.max(0, wanted.length - query.tailLines)).join("");
  return query.limitBytes === undefined ? text : Buffer.from(text).subarray(0, query.limitBytes).toString("utf8");
}

function followLog(log: ContainerLog, query: Query, response: ServerResponse): void {
  const past: string[] = [];
  let isPast = true;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const onLine = (line: string) => (isPast ? past.push(line) : response.write(formatLogLine(line, query) ?? ""));
  const end = Promise.withResolvers<void>();
  log.follow(onLine, end.resolve, gone.signal);
  isPast = false;
  response.write(formatted(past, query));
  end.promise.then(() => response.end()).catch(() => undefined);
}

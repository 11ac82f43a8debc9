import { apiVersion, group, version } from "../../crds/kind.ts";
import { NodeRuntime } from "../../crds/noderuntime.ts";
import { Applier, keepManagedFieldsOf } from "../../operator/kit/apply.ts";
import type { Random } from "../../operator/kit/backoff.ts";
import type { Client } from "../../operator/kit/client.ts";
import type { Clock } from "../../operator/kit/clock.ts";
import type { Logger } from "../../operator/kit/log.ts";
import type { Metrics } from "../../operator/kit/metrics.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";
import { Reporter, type ReporterOptions } from "./reporter.ts";
import type { Supervisor } from "./supervisor.ts";

/** Where NodeRuntimes are. */
export const noderuntimes: Resource<NodeRuntime> = {
  group,
  version,
  plural: "noderuntimes",
  kind: "NodeRuntime",
  namespaced: true,
};
const fieldManager = "facefleet-runtime";
const keepOurs = keepManagedFieldsOf(fieldManager);

export interface FollowOptions {
  client: Client;
  node: string;
  namespace: string;
  supervisor: Supervisor;
  status: ReporterOptions["status"];
  /** Milliseconds between two writes that only add evidence. */
  evidenceInterval: number;
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
}

/** The tie between a node and its NodeRuntime. */
export interface Following {
  /** Says that the status may have changed. */
  notify(): void;
  /** Follows and reports until the signal aborts, whenever the API server can be reached. */
  run(signal: AbortSignal): Promise<void>;
}

/** Follows a node's NodeRuntime: hands what is wanted to the supervisor, and reports what is. */
export function followNodeRuntime(options: FollowOptions): Following {
  const { client, node, namespace, supervisor, status, evidenceInterval, clock, random, log, metrics } = options;
  const reflector = new Reflector({
    resource: noderuntimes,
    client,
    clock,
    random,
    log,
    metrics,
    namespace,
    fieldSelector: `metadata.name=${node}`,
    pick: readNodeRuntime,
  });
  const applier = new Applier(client, fieldManager);
  const live = () => reflector.cache.get(`${namespace}/${node}`);
  const reporter = new Reporter({
    live: () => {
      const object = live();
      return object && supervisor.follows(orderOf(object))
        ? { uid: object.metadata.uid, status: object.status }
        : undefined;
    },
    status,
    write: async (written, signal) => {
      const desired = { apiVersion, kind: "NodeRuntime", metadata: { name: node, namespace }, status: written };
      await applier.applyStatus(noderuntimes, desired, live()!, { signal });
    },
    evidenceInterval,
    clock,
    random,
    log,
  });
  const take = () => {
    const object = live();
    if (object !== undefined && !supervisor.follows(orderOf(object))) supervisor.want(orderOf(object));
    reporter.notify();
  };
  return {
    notify: () => reporter.notify(),
    async run(signal) {
      const unsubscribe = reflector.cache.subscribe(take);
      await Promise.all([reflector.run(signal), reporter.run(signal)]);
      unsubscribe();
    },
  };
}

/** Parsed once, at the edge: a kind that a newer operator extended is refused as a whole, and the node goes on as it was. */
function readNodeRuntime(object: NodeRuntime): NodeRuntime {
  return keepOurs({ ...object, spec: NodeRuntime.spec.parse(object.spec) });
}

function orderOf({ metadata: { uid, generation }, spec }: NodeRuntime) {
  return { uid, generation, spec };
}

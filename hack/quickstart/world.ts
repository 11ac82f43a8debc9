import type { EngineBuild } from "../../crds/enginebuild.ts";
import type { FaceModel } from "../../crds/facemodel.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import type { Client } from "../../operator/kit/client.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { type DesiredObject, keyOf, type KubeObject } from "../../operator/kit/object.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";
import * as resources from "../../operator/resources.ts";

/** An Event as `kubectl describe` shows it. */
export interface ClusterEvent extends KubeObject {
  eventTime?: string;
  type?: string;
  reason?: string;
  note?: string;
  regarding?: { kind?: string; name?: string };
}

/** A pod, as far as the quickstart looks at it. */
export interface PodObject extends KubeObject {
  status?: { podIP?: string; phase?: string; conditions?: { type: string; status: string }[] };
}

const events: Resource<ClusterEvent> = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

/** What somebody with kubectl sees: the objects of one namespace, kept up to date by watches. */
export class ClusterView implements AsyncDisposable {
  readonly client: Client;
  readonly models: Reflector<FaceModel>;
  readonly builds: Reflector<EngineBuild>;
  readonly runtimes: Reflector<NodeRuntime>;
  readonly pods: Reflector<PodObject>;
  readonly nodes: Reflector<KubeObject & { status?: { conditions?: { type: string; status: string }[] } }>;
  readonly events: Reflector<ClusterEvent>;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(client: Client, namespace: string) {
    this.client = client;
    const log = createLogger({ name: "quickstart", level: "silent" });
    const shared = { client, clock: systemClock, random: Math.random, log };
    const reflect = <T extends KubeObject>(resource: Resource<T>, scope: { namespace?: string } = { namespace }) =>
      new Reflector({ ...shared, ...scope, resource, pick: (object: T) => object });
    this.models = reflect(resources.facemodels);
    this.builds = reflect(resources.enginebuilds);
    this.runtimes = reflect(resources.noderuntimes);
    this.pods = reflect(resources.pods as Resource<PodObject>);
    this.nodes = reflect(resources.nodes, {});
    this.events = reflect(events);
    this.#running = Promise.all(this.#reflectors.map((each) => each.run(this.#stop.signal)));
  }

  get synced(): Promise<unknown> {
    return Promise.all(this.#reflectors.map(({ synced }) => synced));
  }

  /** Calls back at every change of any object, until the returned function is called. */
  onChange(listener: () => void): () => void {
    const stops = this.#reflectors.map(({ cache }) => cache.subscribe(() => listener()));
    return () => stops.forEach((stop) => stop());
  }

  /**
   * Resolves with what `look` finds, as soon as it finds something.
   * @throws Error naming what was waited for after `seconds`; the signal's reason.
   */
  async until<Found>(
    what: string,
    seconds: number,
    look: () => Found | undefined,
    signal: AbortSignal,
  ): Promise<Found> {
    const found = Promise.withResolvers<Found>();
    const check = () => {
      const seen = look();
      if (seen !== undefined) found.resolve(seen);
    };
    const timer = setTimeout(() => found.reject(new Error(`waited ${seconds} s in vain: ${what}`)), seconds * 1000);
    const abort = () => found.reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    const stop = this.onChange(check);
    const poll = setInterval(check, 500);
    try {
      check();
      return await found.promise;
    } finally {
      clearTimeout(timer);
      clearInterval(poll);
      stop();
      signal.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.client.close();
  }

  get #reflectors() {
    return [this.models, this.builds, this.runtimes, this.pods, this.nodes, this.events] as const;
  }
}

/** A client that acts as the user of a kubeconfig. */
export async function clientOf(kubeconfig: string): Promise<Client> {
  const connection = await loadConnection({ env: {}, kubeconfig }, systemClock);
  return createClient({ connection, userAgent: "facefleet-quickstart" });
}

/** Applies objects as `kubectl apply --server-side` does. @returns them as the server has them then. */
export async function applyAll(
  client: Client,
  objects: readonly DesiredObject[],
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const object of objects) {
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
    const resource = {
      group: group!,
      version: version!,
      kind: object.kind,
      plural: pluralOf(object.kind),
      namespaced: object.metadata.namespace !== undefined,
    };
    try {
      applied.push(await client.apply(resource, object, { fieldManager: "quickstart", signal }));
    } catch (error) {
      throw new Error(`${object.kind} ${keyOf(object)} was refused: ${(error as Error).message}`, { cause: error });
    }
  }
  return applied;
}

/** Plurals of the kinds of the chart and the example; English does for all of them. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

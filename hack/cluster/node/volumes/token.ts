import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../api/client.ts";
import type { Pod, ServiceAccountTokenProjection } from "../../api/wire.ts";
import { tokenKey } from "./layout.ts";

const retryMilliseconds = 2_000;
/** A kubelet asks for a new token when four fifths of the old one's life are over, and at least daily. */
const refreshFraction = 0.8;
const longestMilliseconds = 24 * 3600 * 1000;

export interface IssuedToken {
  token: string;
  /** When a new one will be there. */
  renews: Date;
}

/** The part of a TokenRequest (authentication.k8s.io/v1) that answers. */
interface IssuedTokenRequest {
  status: { token: string; expirationTimestamp: string };
}

/** When to ask for a new token, in milliseconds from now. */
export function untilRenewal(issued: Date, expires: Date): number {
  return Math.max(1_000, Math.min(longestMilliseconds, (expires.getTime() - issued.getTime()) * refreshFraction));
}

/** The tokens of one pod: each is bound to the pod, and is asked for again before it expires. */
export class PodTokens {
  readonly #api: ApiClient;
  readonly #issued = new Map<string, IssuedToken>();
  readonly #onChange: () => void;
  readonly #signal: AbortSignal;

  constructor(api: ApiClient, onChange: () => void, signal: AbortSignal) {
    this.#api = api;
    this.#onChange = onChange;
    this.#signal = signal;
  }

  get(key: string): IssuedToken | undefined {
    return this.#issued.get(key);
  }

  /** Gets a token and keeps it fresh until the signal. Rejects if the first cannot be had. */
  async hold(pod: Pod, source: ServiceAccountTokenProjection): Promise<void> {
    const key = tokenKey(source);
    if (this.#issued.has(key)) return;
    const lifetime = await this.#request(pod, source);
    this.#renew(pod, source, lifetime).catch(() => undefined); // only the signal ends it
  }

  async #renew(pod: Pod, source: ServiceAccountTokenProjection, firstWait: number): Promise<void> {
    for (let wait = firstWait; ;) {
      await delay(wait, undefined, { signal: this.#signal, ref: false });
      wait = await this.#request(pod, source).catch(() => retryMilliseconds);
    }
  }

  async #request(pod: Pod, source: ServiceAccountTokenProjection): Promise<number> {
    const now = new Date();
    const { serviceAccountName = "default" } = pod.spec;
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/serviceaccounts/${serviceAccountName}/token`;
    const { status } = await this.#api.create<IssuedTokenRequest>(path, tokenRequest(pod, source));
    const wait = untilRenewal(now, new Date(status.expirationTimestamp));
    this.#issued.set(tokenKey(source), { token: status.token, renews: new Date(now.getTime() + wait) });
    this.#onChange();
    return wait;
  }
}

function tokenRequest(pod: Pod, source: ServiceAccountTokenProjection): object {
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      audiences: source.audience ? [source.audience] : [],
      expirationSeconds: source.expirationSeconds ?? 3600,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata.uid },
    },
  };
}

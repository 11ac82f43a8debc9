import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";

/** How a connection proves who it is and knows the server: what undici's connector takes. */
export interface TlsIdentity {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What a request needs to reach the server and be let in. */
export interface Credentials {
  /** The base URL of the API server. */
  readonly server: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsIdentity;
}

/** Where the API server is and who is calling. */
export interface Connection {
  /** The credentials as they are now. @throws whatever reading them throws; asking again tries again. */
  credentials(): Promise<Credentials>;
  /** Forgets credentials that the server did not accept, so that the next ones are read afresh. */
  invalidate(): void;
  /** Makes the pool of connections, where it takes more than TLS to get to the server: a proxy. */
  readonly dispatcher?: ((credentials: Credentials) => Promise<Dispatcher>) | undefined;
}

/**
 * How long credentials are used before their files are read again, in milliseconds. A projected token is replaced at
 * 80% of its life of at least ten minutes, so this is early enough by far.
 */
const LIFETIME = 10_000;

/** A connection whose credentials are read again every ten seconds, and at once when they were refused. */
export function refreshed(read: () => Promise<Credentials>, clock: Clock): Connection {
  let current: { readonly value: Promise<Credentials>; readonly until: number } | undefined;
  return {
    invalidate: () => (current = undefined),
    async credentials() {
      const now = clock.monotonic();
      if (current === undefined || current.until <= now) current = { value: read(), until: now + LIFETIME };
      const mine = current;
      try {
        return await mine.value;
      } catch (error) {
        if (current === mine) current = undefined;
        throw error;
      }
    },
  };
}

/** A connection that never changes; for tests, and for a server that is reached with a token at hand. */
export function fixedConnection(server: string, options: { token?: string; tls?: TlsIdentity } = {}): Connection {
  const { token, tls = {} } = options;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { credentials: () => Promise.resolve({ server, headers, tls }), invalidate: () => undefined };
}

/** Where a pod finds its service account (Kubernetes documentation, "Accessing the Kubernetes API from a Pod"). */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The environment and the folder that tell a pod about its cluster. */
export interface PodPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The root of the pod's file system, where it is not "/". */
  readonly root?: string | undefined;
}

/** Whether this process runs in a pod: the API server's address is in its environment. */
export function isInCluster({ env }: PodPlace): boolean {
  return (env.KUBERNETES_SERVICE_HOST ?? "") !== "" && (env.KUBERNETES_SERVICE_PORT ?? "") !== "";
}

/**
 * The connection of a pod: the API server's address from the environment, token and certificate authority from the
 * projected service account, followed as they rotate.
 *
 * @throws Error when the environment names no API server.
 */
export function inCluster(place: PodPlace, clock: Clock): Connection {
  if (!isInCluster(place)) {
    throw new Error("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a pod; give a kubeconfig");
  }
  const host = place.env.KUBERNETES_SERVICE_HOST!;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${place.env.KUBERNETES_SERVICE_PORT!}`;
  const folder = join(place.root ?? "/", SERVICE_ACCOUNT);
  return refreshed(async () => {
    const [token, ca] = await Promise.all([readFile(join(folder, "token"), "utf8"), readFile(join(folder, "ca.crt"))]);
    return { server, headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  }, clock);
}

/** The namespace of the pod's service account, or `undefined` outside of a pod. */
export async function podNamespace({ root }: PodPlace): Promise<string | undefined> {
  return readFile(join(root ?? "/", SERVICE_ACCOUNT, "namespace"), "utf8").then(
    (namespace) => namespace.trim(),
    () => undefined,
  );
}

import { parseArgs } from "node:util";
import { milliseconds } from "../../crds/duration.ts";

/** Flags of `serve`. */
export interface ServeFlags {
  node: string;
  namespace: string;
  store: string;
  secrets: string;
  listen: { host: string; port: number };
  /** Milliseconds between two status writes that only add evidence. */
  evidenceInterval: number;
  kubeconfig: string | undefined;
  /** Root of the pod's file system, where it is not "/". */
  root: string | undefined;
}

/** A flag that is missing or wrong; the message names it, its value and the remedy. */
export class BadFlag extends Error {
  override readonly name = "BadFlag";
}

const options = {
  node: { type: "string" },
  namespace: { type: "string" },
  store: { type: "string", default: "/var/lib/facefleet" },
  secrets: { type: "string", default: "/etc/facefleet/secrets" },
  listen: { type: "string", default: "0.0.0.0:8080" },
  "evidence-interval": { type: "string", default: "30s" },
  kubeconfig: { type: "string" },
  root: { type: "string" },
} as const;

export const serveUsage = `serve --node=NAME --namespace=NAME [flags]
  --node               node whose NodeRuntime is followed
  --namespace          namespace of the NodeRuntime
  --store              folder of engines, datasets and state (${options.store.default})
  --secrets            folder of mounted Secrets (${options.secrets.default})
  --listen             address of /healthz, /readyz and /metrics (${options.listen.default})
  --evidence-interval  time between status writes that only add evidence (${options["evidence-interval"].default})
  --kubeconfig         file to reach the API server by; default: the pod's service account, else KUBECONFIG
  --root               root of the pod's file system, where it is not /`;

/** @throws BadFlag */
export function parseServeFlags(args: readonly string[]): ServeFlags {
  const { values } = parse(args);
  const { node, namespace, store, secrets, kubeconfig, root } = values;
  return {
    node: required("node", node, "the name of the node that it runs on"),
    namespace: required("namespace", namespace, "the namespace of the FaceModel"),
    store,
    secrets,
    listen: parseListen(values.listen),
    evidenceInterval: parseInterval(values["evidence-interval"]),
    kubeconfig,
    root,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true });
  } catch (error) {
    throw new BadFlag(`${(error as Error).message}\n\n${serveUsage}`, { cause: error });
  }
}

function required(flag: string, value: string | undefined, remedy: string): string {
  if (value === undefined || value === "") throw new BadFlag(`--${flag} is missing: give ${remedy}`);
  return value;
}

function parseListen(value: string): ServeFlags["listen"] {
  const match = /^(.*):([0-9]{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (match === null || port > 65535)
    throw new BadFlag(`--listen=${value} is no address: give HOST:PORT, such as 0.0.0.0:8080`);
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

function parseInterval(value: string): number {
  try {
    return milliseconds(value);
  } catch (error) {
    throw new BadFlag(`--evidence-interval=${(error as Error).message}`, { cause: error });
  }
}

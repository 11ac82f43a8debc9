import { milliseconds } from "../../crds/duration.ts";
import { BadFlag, readFlags, requiredFlag } from "../../operator/kit/flags.ts";

/** Flags of `serve`. */
export interface ServeFlags {
  node: string;
  namespace: string;
  store: string;
  secrets: string;
  listen: { host: string; port: number };
  /** Milliseconds between two status writes that only add evidence. */
  evidenceInterval: number;
  serviceAccount: string | undefined;
  kubeconfig: string | undefined;
}

const options = {
  node: { type: "string" },
  namespace: { type: "string" },
  store: { type: "string", default: "/var/lib/facefleet" },
  secrets: { type: "string", default: "/etc/facefleet/secrets" },
  listen: { type: "string", default: "0.0.0.0:8080" },
  "evidence-interval": { type: "string", default: "30s" },
  "service-account": { type: "string" },
  kubeconfig: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export const serveUsage = `serve --node=NAME --namespace=NAME [flags]
  --node               node whose NodeRuntime is followed
  --namespace          namespace of the NodeRuntime
  --store              folder of engines, datasets and state (${options.store.default})
  --secrets            folder of mounted Secrets (${options.secrets.default})
  --listen             address of /healthz, /readyz and /metrics (${options.listen.default})
  --evidence-interval  time between status writes that only add evidence (${options["evidence-interval"].default})
  --service-account    folder of the pod's token, where it is to be used whatever KUBECONFIG says
  --kubeconfig         file to reach the API server by; default: KUBECONFIG, else the pod's service account`;

/** @returns "help" when that is all that is asked for. @throws BadFlag */
export function parseServeFlags(args: readonly string[]): ServeFlags | "help" {
  const values = readFlags(args, options, serveUsage);
  if (values.help) return "help";
  return {
    node: requiredFlag("node", values.node, "the name of the node that it runs on"),
    namespace: requiredFlag("namespace", values.namespace, "the namespace of the FaceModel"),
    store: values.store,
    secrets: values.secrets,
    listen: parseListen(values.listen),
    evidenceInterval: parseInterval(values["evidence-interval"]),
    serviceAccount: values["service-account"],
    kubeconfig: values.kubeconfig,
  };
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

import { milliseconds } from "../crds/duration.ts";
import { BadFlag, readFlags, requiredFlag } from "./kit/flags.ts";
import { LOG_LEVELS, type LogLevel } from "./kit/log.ts";
import type { Settings } from "./plan/snapshot.ts";

/** Flags of the operator. */
export interface OperatorFlags {
  /** Namespace that is looked after, and of the Lease. */
  namespace: string;
  /** Unique to this process. */
  identity: string;
  host: string;
  healthPort: number;
  metricsPort: number;
  logLevel: LogLevel;
  /** Whether to wait for the Lease before anything is written. */
  leaderElect: boolean;
  kubeconfig: string | undefined;
  /** Root of the pod's file system, below which its service account is looked for. */
  root: string;
  settings: Settings;
}

const options = {
  namespace: { type: "string" },
  identity: { type: "string" },
  host: { type: "string", default: "0.0.0.0" },
  "health-port": { type: "string", default: "8081" },
  "metrics-port": { type: "string", default: "8080" },
  "log-level": { type: "string", default: "info" },
  "leader-elect": { type: "boolean", default: false },
  kubeconfig: { type: "string" },
  root: { type: "string", default: "/" },
  "runtime-image": { type: "string" },
  "store-path": { type: "string", default: "/var/lib/facefleet" },
  "host-root": { type: "string", default: "/" },
  "evidence-interval": { type: "string", default: "30s" },
  "away-after": { type: "string", default: "1m" },
  help: { type: "boolean", default: false },
} as const;

export const operatorUsage = `operator --namespace=NAME --runtime-image=IMAGE [flags]
  --namespace          namespace that is looked after
  --runtime-image      image of build Jobs and runtimes
  --identity           name of this process in the Lease (the host's name and process id)
  --leader-elect       wait for the Lease before anything is written
  --host               address to listen on (${options.host.default})
  --health-port        port of /healthz and /readyz (${options["health-port"].default})
  --metrics-port       port of /metrics (${options["metrics-port"].default})
  --log-level          one of ${LOG_LEVELS.join(", ")} (${options["log-level"].default})
  --store-path         folder on the nodes for engines and state (${options["store-path"].default})
  --host-root          folder on the nodes below which hardware facts are read (${options["host-root"].default})
  --evidence-interval  time between status writes of a runtime that only add evidence (${options["evidence-interval"].default})
  --away-after         how long a node may be not ready before it counts as away (${options["away-after"].default})
  --kubeconfig         file to reach the API server by; default: KUBECONFIG, else the pod's service account
  --root               folder below which the pod's service account is looked for (${options.root.default})`;

/** @returns "help" when that is all that is asked for. @throws BadFlag */
export function parseOperatorFlags(args: readonly string[], defaultIdentity: string): OperatorFlags | "help" {
  const values = readFlags(args, options, operatorUsage);
  if (values.help) return "help";
  return {
    namespace: requiredFlag("namespace", values.namespace, "the namespace of the FaceModels"),
    identity: values.identity ?? defaultIdentity,
    host: values.host,
    healthPort: port("health-port", values["health-port"]),
    metricsPort: port("metrics-port", values["metrics-port"]),
    logLevel: level(values["log-level"]),
    leaderElect: values["leader-elect"],
    kubeconfig: values.kubeconfig,
    root: folder("root", values.root),
    settings: {
      runtimeImage: requiredFlag("runtime-image", values["runtime-image"], "the image of build Jobs and runtimes"),
      storePath: folder("store-path", values["store-path"]),
      hostRoot: folder("host-root", values["host-root"]),
      evidenceInterval: duration("evidence-interval", values["evidence-interval"]).text,
      awayAfter: duration("away-after", values["away-after"]).milliseconds,
    },
  };
}

function port(flag: string, value: string): number {
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || number > 65535) throw new BadFlag(`--${flag}=${value} is no port: give 0 to 65535`);
  return number;
}

/** A relative one would be found nowhere: the node's kubelet refuses it. */
function folder(flag: string, value: string): string {
  if (!value.startsWith("/")) throw new BadFlag(`--${flag}=${value} is no absolute path: begin it with /`);
  return value;
}

function level(value: string): LogLevel {
  const found = LOG_LEVELS.find((each) => each === value);
  if (found === undefined) throw new BadFlag(`--log-level=${value} is unknown: give one of ${LOG_LEVELS.join(", ")}`);
  return found;
}

function duration(flag: string, text: string): { text: string; milliseconds: number } {
  try {
    const length = milliseconds(text);
    if (length > 0) return { text, milliseconds: length };
  } catch (error) {
    throw new BadFlag(`--${flag}=${(error as Error).message}`, { cause: error });
  }
  throw new BadFlag(`--${flag}=${text} is no time at all: give at least 1ms`);
}

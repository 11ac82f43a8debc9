import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import type { Container, HttpGetAction, LifecycleHandler, Probe } from "../../api/wire.ts";
import { messageOf } from "../../errors.ts";
import { startGuarded } from "../../processes/guard.ts";
import type { Launch } from "./launch.ts";
import { rewritePaths } from "./paths.ts";

/** What a check runs against. */
export interface ProbeTarget {
  container: Container;
  podIP: string;
  launch: Launch;
}

export type ProbeOutcome = { result: "success" } | { result: "failure"; message: string };

type Check = Pick<Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> & Pick<LifecycleHandler, "sleep">;

/** Runs one check. Never throws: whatever goes wrong is a failure that says why. */
export async function runCheck(check: Check, target: ProbeTarget, timeoutMilliseconds: number): Promise<ProbeOutcome> {
  const signal = AbortSignal.timeout(Math.ceil(timeoutMilliseconds));
  try {
    if (check.httpGet) await httpGet(check.httpGet, target, signal);
    else if (check.tcpSocket) await tcpConnect(check.tcpSocket, target, signal);
    else if (check.exec) await execute(check.exec.command ?? [], target, signal);
    else throw new Error("a process node knows httpGet, tcpSocket and exec only");
    return { result: "success" };
  } catch (error) {
    const message = signal.aborted ? `no answer within ${timeoutMilliseconds / 1000} s` : messageOf(error);
    return { result: "failure", message };
  }
}

async function httpGet(action: HttpGetAction, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const secure = action.scheme === "HTTPS";
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = {
    host: action.host ?? target.podIP,
    port: portOf(action.port, target.container),
    path: action.path ?? "/",
    headers: { "user-agent": "kube-probe/process-node", connection: "close", ...headers },
    signal,
  };
  const outgoing = secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  const status = await new Promise<number>((resolve, reject) => {
    outgoing.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
  if (status < 200 || status >= 400) throw new Error(`HTTP probe failed with statuscode: ${status}`);
}

async function tcpConnect(action: { host?: string; port: string | number }, target: ProbeTarget, signal: AbortSignal) {
  const socket = connect({ host: action.host ?? target.podIP, port: portOf(action.port, target.container) });
  try {
    await once(socket, "connect", { signal });
  } finally {
    socket.destroy();
  }
}

async function execute(command: string[], { launch }: ProbeTarget, signal: AbortSignal): Promise<void> {
  const said: string[] = [];
  const hear = (stream: Readable) => stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const check = await startGuarded({
    command: command.map((each) => rewritePaths(each, launch.mappings)),
    environment: launch.environment,
    workingDirectory: launch.workingDirectory,
    output: { streams: (stdout, stderr) => [stdout, stderr].forEach(hear) },
  });
  const kill = () => {
    check.kill().catch(() => undefined);
  };
  signal.addEventListener("abort", kill);
  const { code } = await check.exited;
  signal.removeEventListener("abort", kill);
  if (code !== 0) throw new Error(`exit code ${code}: ${said.join("").trim().slice(0, 512)}`);
}

/** A port by number or by the name that the container gives it. */
function portOf(port: string | number, container: Container): number {
  const number = typeof port === "number" ? port : (named(container, port) ?? Number(port));
  if (!Number.isInteger(number)) throw new Error(`container ${container.name} has no port named ${port}`);
  return number;
}

function named(container: Container, name: string): number | undefined {
  return container.ports?.find((each) => each.name === name)?.containerPort;
}

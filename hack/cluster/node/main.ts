import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createApiClient } from "../api/client.ts";
import { messageOf } from "../errors.ts";
import { ports } from "../network.ts";
import { AddressPool } from "./addresses.ts";
import { consoleRoutes } from "./console.ts";
import type { NetworkState, NodeConfiguration } from "./configuration.ts";
import { EventRecorder } from "./events.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Kubelet } from "./kubelet.ts";
import { logRoute } from "./log-endpoint.ts";
import { ReferencedObjects } from "./objects.ts";
import { ApiServerProxy } from "./proxy.ts";
import { nodeCapacity, thisMachine } from "./registration.ts";
import { NodeServer } from "./server.ts";
import { StatusReporter } from "./status-reporter.ts";

/** The program of one process node. It ends with the process that started it, and its pods end with it. */
async function runNode(configuration: NodeConfiguration): Promise<void> {
  const { address, apiServer, client } = configuration;
  const local = { host: address, port: apiServer.port };
  const proxy = new ApiServerProxy(local, apiServer);
  const authority = readFileSync(configuration.authority, "utf8");
  const api = createApiClient({
    server: `https://${local.host}:${local.port}`,
    authority,
    certificate: readFileSync(client.certificate, "utf8"),
    key: readFileSync(client.key, "utf8"),
  });
  const machine = thisMachine();
  const kubelet = new Kubelet({
    configuration,
    authority,
    api,
    objects: new ReferencedObjects(api),
    events: new EventRecorder(api, configuration.name),
    statuses: new StatusReporter(api),
    addresses: new AddressPool(address),
    allocatable: nodeCapacity(configuration, machine),
  });
  const logs = logRoute(configuration, kubelet);
  const kubeletServer = new NodeServer(configuration, ports.kubelet, [logs]);
  const setNetwork = async (state: NetworkState) => {
    await proxy.become(state);
    await (state === "connected" ? kubeletServer.open() : kubeletServer.close());
  };
  await setNetwork(configuration.network);
  const life = new AbortController();
  const pulse = new Heartbeat(api, configuration, machine);
  await new NodeServer(configuration, ports.console, [logs, ...consoleRoutes(kubelet, setNetwork)]).open();
  await pulse.registerWhenReachable();
  flushCompileCache(); // nodes end by a kill, which leaves no time for it
  await Promise.all([pulse.beat(life.signal), kubelet.run(life.signal)]);
}

try {
  await runNode(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as NodeConfiguration);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}

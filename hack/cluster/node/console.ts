import { text } from "node:stream/consumers";
import type { NetworkState } from "./configuration.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Route } from "./server.ts";

/** The container that is to crash. */
export interface CrashRequest {
  namespace: string;
  pod: string;
  container: string;
}

/** What someone can ask of the node who stands before it, whatever its network does. */
export function consoleRoutes(kubelet: Kubelet, setNetwork: (state: NetworkState) => Promise<void>): Route[] {
  return [
    {
      method: "GET",
      path: /^\/pods$/,
      handle: (_, response) => void response.end(JSON.stringify(kubelet.pods())),
    },
    {
      method: "POST",
      path: /^\/crash$/,
      async handle({ message }, response) {
        const { namespace, pod, container } = JSON.parse(await text(message)) as CrashRequest;
        const ended = kubelet.find(namespace, pod)?.worker?.crash(container) ?? false;
        response.end(JSON.stringify({ ended }));
      },
    },
    {
      method: "PUT",
      path: /^\/network$/,
      async handle({ message }, response) {
        const { state } = JSON.parse(await text(message)) as { state: NetworkState };
        await setNetwork(state);
        response.end("{}");
      },
    },
  ];
}

import { text } from "node:stream/consumers";
import type { NetworkState } from "./configuration.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Route } from "./server.ts";

/** What someone can ask of the node who stands before it, whatever its network does. */
export function consoleRoutes(kubelet: Kubelet, setNetwork: (state: NetworkState) => Promise<void>): Route[] {
  return [
    {
      method: "GET",
      path: /^\/pods$/,
      handle: (_, response) => void response.end(JSON.stringify(kubelet.pods())),
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

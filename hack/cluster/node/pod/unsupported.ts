import type { Container } from "../../api/wire.ts";

/** What a kubelet knows and a process node does not, by the part of the manifest that asks for it. */
const features: [name: string, isUsed: (container: Container) => boolean][] = [
  ["restartPolicy of an init container (sidecars)", ({ restartPolicy }) => restartPolicy !== undefined],
  ["volumeDevices", ({ volumeDevices }) => (volumeDevices?.length ?? 0) > 0],
  ["grpc probes", (container) => probesOf(container).some((each) => each.grpc !== undefined)],
  ["lifecycle.postStart", ({ lifecycle }) => lifecycle?.postStart !== undefined],
];

/** Why a process node cannot run a container as its manifest says, or undefined if it can. */
export function unsupportedFeature(container: Container): string | undefined {
  const used = features.find(([, isUsed]) => isUsed(container));
  return used && `a process node does not support ${used[0]}: use a real node for container ${container.name}`;
}

function probesOf({ livenessProbe, readinessProbe, startupProbe }: Container) {
  return [livenessProbe, readinessProbe, startupProbe].filter((each) => each !== undefined);
}

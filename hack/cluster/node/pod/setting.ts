import { join } from "node:path";
import type { Container, Pod } from "../../api/wire.ts";
import { type NodeServices, podDirectory, podLogs } from "../services.ts";
import type { ContainerSetting } from "./container.ts";
import { baseEnvironment } from "./credentials.ts";
import type { PodPlacement } from "./downward.ts";
import { resolveEnvironment } from "./environment.ts";
import type { Lookup } from "./references.ts";

const defaultGraceSeconds = 30;

/** What a pod gives each of its containers. */
export interface PodSetting {
  /** The pod as it is now. */
  pod: () => Pod;
  services: NodeServices;
  placement: PodPlacement;
  lookup: Lookup;
  volumes: ReadonlyMap<string, string>;
  onChange: () => void;
  stop: AbortSignal;
  force: AbortSignal;
}

/** A container's own folder. */
export function containerDirectory(services: NodeServices, pod: Pod, container: Container): string {
  return join(podDirectory(services.configuration, pod.metadata.uid!), "containers", container.name);
}

export function containerSetting(
  kind: "init" | "container",
  container: Container,
  setting: PodSetting,
): ContainerSetting {
  const { services, placement, lookup, volumes, onChange, stop, force } = setting;
  const { configuration, events } = services;
  const pod = setting.pod();
  const directory = containerDirectory(services, pod, container);
  const apiServer = { host: configuration.address, port: configuration.apiServer.port };
  const fieldPath = `spec.${kind === "init" ? "initContainers" : "containers"}{${container.name}}`;
  return {
    pod: setting.pod,
    podIP: placement.podIP,
    images: configuration.images,
    volumes,
    directory,
    logs: join(podLogs(configuration, pod), container.name),
    maximumLogBytes: configuration.maximumLogBytes,
    backoff: configuration.backoff,
    variables: (image) =>
      resolveEnvironment({ container, pod: setting.pod(), placement, lookup, image: image.env ?? {} }),
    base: baseEnvironment({ pod, container, directory, apiServer }),
    onChange,
    event: (type, reason, message) => events.aboutPod(setting.pod(), type, reason, message, fieldPath),
    stop,
    force,
    graceSeconds: () => graceSeconds(setting.pod()),
  };
}

/** How long a pod's containers may take to end: whoever deletes a pod may give it less, or more, than it asks for. */
export function graceSeconds({ metadata, spec }: Pod): number {
  const ofPod = spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
  return metadata.deletionTimestamp ? (metadata.deletionGracePeriodSeconds ?? ofPod) : ofPod;
}

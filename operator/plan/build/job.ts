import type { EngineBuild } from "../../../crds/enginebuild.ts";
import { canonicalJson } from "../canonical.ts";
import type { Desired } from "../action.ts";
import { millisecondsOf } from "../duration.ts";
import { nameOf } from "../name.ts";
import type { Settings } from "../snapshot.ts";
import { labelsFor, ownedBy, tryLabel } from "./owner.ts";
import { gpuClass, identityOn, pinnedTo, restricted, scratch, STORE, storeOwner, storeVolume } from "./pod.ts";

const RECIPE = "/etc/facefleet/recipe";
const REPORT = "/dev/termination-log";
const HOST = "/host";

/** Name of the Job of a build's n-th try, counted from 0. */
export function jobName(build: string, tries: number): string {
  return nameOf(build, String(tries));
}

/** The build's order as a file of its Job. Immutable, as the EngineBuild is. */
export function buildRecipe(build: EngineBuild): Desired & { readonly data: object; readonly immutable: true } {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadataFor(build, build.metadata.name),
    data: { "recipe.json": canonicalJson(build.spec) },
    immutable: true,
  };
}

/**
 * The Job that builds engines on their node and holds them to the offline gate. It is tried once: why it failed decides
 * whether and when it is tried again, and a Job does not know. It has no access to the API; its report is the
 * container's termination message.
 *
 * The host's root is mounted, read-only, because the files that tell a Jetson from another device cannot be mounted one
 * by one: a hostPath is never optional, and a path that a device lacks keeps the pod from starting or leaves an empty
 * folder in its place. Settings.hostRoot can be a folder that holds only those files.
 *
 * A GPU is asked for by the runtime class alone, not as a resource: the node's only one is counted to the runtime, which
 * goes on beside the build.
 */
export function buildJob(build: EngineBuild, tries: number, settings: Settings): Desired & { readonly spec: object } {
  const { spec, metadata } = build;
  const name = jobName(metadata.name, tries);
  const store = storeVolume(settings, metadata.namespace);
  const common = metadataFor(build, name);
  const labels = { ...common.labels, [tryLabel]: String(tries) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...common, labels },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: Math.max(1, Math.ceil(millisecondsOf(spec.timeout) / 1000)),
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: "facefleet-build",
          automountServiceAccountToken: false,
          ...pinnedTo(spec.nodeName),
          ...gpuClass(spec.engine),
          ...identityOn(spec.engine),
          initContainers: [storeOwner(spec.image, store)],
          volumes: [
            store.volume,
            scratch.volume,
            { name: "recipe", configMap: { name: metadata.name } },
            { name: "host", hostPath: { path: settings.hostRoot, type: "Directory" } },
          ],
          containers: [
            {
              name: "build",
              image: spec.image,
              command: ["node", "runtime/main.ts"],
              args: [
                "build",
                `--recipe=${RECIPE}/recipe.json`,
                `--store=${STORE}`,
                `--host-root=${HOST}`,
                `--report=${REPORT}`,
              ],
              ...(spec.engine.gpu && { env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] }),
              terminationMessagePath: REPORT,
              securityContext: restricted,
              volumeMounts: [
                store.mount,
                scratch.mount,
                { name: "recipe", mountPath: RECIPE, readOnly: true },
                { name: "host", mountPath: HOST, readOnly: true },
              ],
            },
          ],
        },
      },
    },
  };
}

function metadataFor(build: EngineBuild, name: string) {
  const { model, revision, nodeName } = build.spec;
  return {
    name,
    namespace: build.metadata.namespace,
    labels: labelsFor({ model, revision, node: nodeName }),
    ownerReferences: ownedBy(build),
  };
}

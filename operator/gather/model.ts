import type { FaceModel } from "../../crds/facemodel.ts";
import type { KubeObject } from "../kit/object.ts";
import type { ModelSnapshot, Settings } from "../plan/snapshot.ts";
import { deploymentFact, nodeOf } from "./deployment.ts";
import { joinJob, type PodObject } from "./job.ts";
import type { World } from "./world.ts";

/** All that the plan of one FaceModel looks at, as the caches have it now. `key` is "namespace/name". */
export function gatherModel(world: World, key: string, settings: Settings): ModelSnapshot | undefined {
  const model = world.models.cache.get(key);
  if (model === undefined) return undefined;
  const { namespace, name } = model.metadata;
  const names = <T extends KubeObject & { spec: { modelRef: { name: string } } }>(objects: readonly T[]) =>
    objects.filter(({ spec }) => spec.modelRef.name === name);
  const podsByJob = newestByJob(world.pods.cache.byIndex("model", key));
  return {
    settings,
    model,
    nodes: world.nodes.cache.list().map(({ fact }) => fact),
    olderModels: world.models.cache.byIndex("namespace", namespace).filter((other) => isOlder(other, model)),
    datasets: byName(world.datasets.cache.byIndex("namespace", namespace)),
    galleries: byName(world.galleries.cache.byIndex("namespace", namespace)),
    cameras: names(world.cameras.cache.byIndex("namespace", namespace)),
    decisions: names(world.decisions.cache.byIndex("namespace", namespace)),
    revisions: world.records.cache.byIndex("model", key).map(({ fact }) => fact),
    builds: world.builds.cache.byIndex("model", key),
    jobs: world.jobs.cache.byIndex("model", key).map((job) => joinJob(job, podsByJob.get(job.metadata.name))),
    runtimes: byName(world.runtimes.cache.byIndex("namespace", namespace)),
    deployments: new Map(
      world.deployments.cache.byIndex("model", key).map((each) => [nodeOf(each), deploymentFact(each)]),
    ),
  };
}

/** First come, first served; the name decides between two of the same second. */
function isOlder(other: FaceModel, model: FaceModel): boolean {
  const age = ({ metadata: { creationTimestamp, name } }: FaceModel) => `${creationTimestamp} ${name}`;
  return other.metadata.uid !== model.metadata.uid && age(other) < age(model);
}

function byName<T extends KubeObject>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

function newestByJob(pods: readonly PodObject[]): Map<string, PodObject> {
  return new Map(pods.map((pod) => [pod.job, pod]));
}

import type { FaceModel } from "../../crds/facemodel.ts";
import { isDeleting, keyOf } from "../kit/object.ts";
import type { ModelSnapshot, Settings } from "../plan/snapshot.ts";
import { deploymentFact, nodeOf } from "./deployment.ts";
import { joinJob } from "./job.ts";
import { byName } from "./metadata.ts";
import type { World } from "./world.ts";

/**
 * All that the plan of one FaceModel looks at, as the caches have it now.
 *
 * @param key "namespace/name".
 * @returns undefined when there is no such FaceModel.
 */
export function gatherModel(world: World, key: string, settings: Settings): ModelSnapshot | undefined {
  const model = world.models.cache.get(key);
  if (model === undefined) return undefined;
  const { name } = model.metadata;
  const builds = world.builds.cache.byIndex("model", name);
  return {
    settings,
    model,
    nodes: world.nodes.cache.list().map(({ fact }) => fact),
    olderModels: world.models.cache.list().filter((other) => isOlder(other, model)),
    datasets: byName(world.datasets.cache.list()),
    galleries: byName(world.galleries.cache.list()),
    cameras: world.cameras.cache.byIndex("model", name),
    decisions: world.decisions.cache.byIndex("model", name),
    revisions: world.records.cache.byIndex("model", name).map(({ fact }) => fact),
    builds,
    jobs: builds.flatMap((build) => jobsOf(world, build.metadata.name)),
    runtimes: byName(world.runtimes.cache.list()),
    deployments: new Map(
      world.deployments.cache.byIndex("model", name).flatMap((each) => {
        const node = nodeOf(each);
        return node === undefined ? [] : [[node, deploymentFact(each)]];
      }),
    ),
  };
}

/** Jobs of a build. One that is being deleted is none any more. */
function jobsOf({ jobs, pods }: World, build: string) {
  return jobs.cache
    .byIndex("build", build)
    .filter((job) => !isDeleting(job))
    .map((job) => joinJob(job, pods.cache.byIndex("job", job.metadata.name)));
}

/** First come, first served; the name decides between two of the same second. */
function isOlder(other: FaceModel, model: FaceModel): boolean {
  const age = ({ metadata: { creationTimestamp, name } }: FaceModel) => `${creationTimestamp} ${name}`;
  return keyOf(other) !== keyOf(model) && age(other) < age(model);
}

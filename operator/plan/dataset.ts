import type { FaceDataset } from "../../crds/facedataset.ts";
import type { Action } from "./action.ts";
import { isUnresolved, resolve, unreadable, type Use } from "./resolve.ts";
import type { DatasetSnapshot } from "./snapshot.ts";
import type { Judgment } from "./status/conditions.ts";
import { publish, statusOf } from "./status/publish.ts";

/** A use together with who makes it. */
type User = Use & { readonly user: string };

/** Says of a FaceDataset who uses it, and whether they may. Its hash is checked on the nodes that pull it. */
export function planDataset(snapshot: DatasetSnapshot, now: number): Action[] {
  const { dataset } = snapshot;
  if (dataset.metadata.deletionTimestamp !== undefined) return [];
  const users = usersOf(snapshot);
  return publish(dataset, statusOf(dataset, { usedBy: users.length }, judge(dataset, users), now));
}

function judge(dataset: FaceDataset, users: readonly User[]): Judgment {
  const { purposes } = dataset.spec;
  const obstacle = unreadable(dataset);
  if (obstacle !== undefined) return { state: "Stalled", ...obstacle };
  const itself = new Map([[dataset.metadata.name, dataset]]);
  for (const use of users) {
    const result = resolve(use, itself);
    if (isUnresolved(result))
      return { state: "Stalled", reason: result.reason, message: `${use.user}: ${result.message}` };
  }
  return { state: "Ready", reason: "Accepted", message: `may be used for ${purposes.join(", ")}` };
}

/** Every reference to the dataset, in the order of kinds and fields. */
function usersOf({ dataset, models, galleries }: DatasetSnapshot): User[] {
  const uses = [
    ...models.flatMap(({ metadata, spec }): (User | undefined)[] => [
      use(
        `FaceModel ${metadata.name}`,
        "spec.calibration.datasetRef",
        spec.calibration?.datasetRef.name,
        "Calibration",
      ),
      use(`FaceModel ${metadata.name}`, "spec.gates.offline.datasetRef", spec.gates.offline.datasetRef.name, "Gate"),
      use(
        `FaceModel ${metadata.name}`,
        "spec.gates.online.probes.datasetRef",
        spec.gates.online.probes?.datasetRef.name,
        "Probe",
      ),
    ]),
    ...galleries.map(({ metadata, spec }) =>
      use(`FaceGallery ${metadata.name}`, "spec.datasetRef", spec.datasetRef.name, "Enrollment"),
    ),
  ];
  return uses.filter((each) => each?.dataset === dataset.metadata.name) as User[];
}

function use(user: string, field: string, name: string | undefined, purpose: Use["purpose"]): User | undefined {
  return name === undefined ? undefined : { user, field, dataset: name, purpose };
}

import { describe, expect, test } from "@jest/globals";
import type { CameraStream } from "../../crds/camerastream.ts";
import type { FaceDataset } from "../../crds/facedataset.ts";
import type { FaceGallery } from "../../crds/facegallery.ts";
import type { FaceModel } from "../../crds/facemodel.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import type { RolloutDecision } from "../../crds/rolloutdecision.ts";
import { examples } from "../../crds/examples.ts";
import { kinds } from "../../crds/kinds.ts";
import type { Action } from "./action.ts";
import { MOST_CAMERAS, MOST_GALLERIES, sightOf } from "./build/cameras.ts";
import { planCamera } from "./camera.ts";
import { planDataset } from "./dataset.ts";
import { planDecision } from "./decision.ts";
import { planGallery } from "./gallery.ts";
import type { CameraSnapshot } from "./snapshot.ts";

const now = Date.UTC(2026, 0, 2);

/** The example of a kind as the API server would have it, defaults filled in. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the kind's name decides the type
function stored<T>(kind: string, edit: { spec?: object; status?: object } = {}): T {
  const example = examples[kind as keyof typeof examples];
  const spec = kinds.find((each) => each.kind === kind)!.spec.parse({ ...(example.spec as object), ...edit.spec });
  const metadata = {
    ...example.metadata,
    uid: `uid-${kind}`,
    resourceVersion: "1",
    generation: 2,
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return {
    apiVersion: "facefleet.dev/v1alpha1",
    kind,
    metadata,
    spec,
    ...(edit.status && { status: edit.status }),
  } as T;
}

const camera = stored<CameraStream>("CameraStream");
const model = stored<FaceModel>("FaceModel");
const gallery = stored<FaceGallery>("FaceGallery");
const pictures = (purposes: string[]) => ({
  ...stored<FaceDataset>("FaceDataset", { spec: { purposes } }),
  metadata: { ...model.metadata, name: gallery.spec.datasetRef.name },
});
const named = <T extends { metadata: { name: string } }>(objects: readonly T[]) =>
  new Map(objects.map((object) => [object.metadata.name, object]));
const people = { galleries: named([gallery]), datasets: named([pictures(["Enrollment"])]) };

/** The NodeRuntime of a node that was told to read these cameras, and has reported since. */
function runtimeFor(cameras: readonly CameraStream[], more: object = people): NodeRuntime {
  const sight = sightOf(cameras, { ...people, ...more });
  return stored<NodeRuntime>("NodeRuntime", {
    spec: { model: model.metadata.name, cameras: sight.cameras, galleries: sight.galleries },
    status: {
      observedGeneration: 2,
      slots: { active: { revision: "r1", engineKey: "k", state: "Ready", since: "2026-01-01T00:00:00Z" } },
      cameras: sight.cameras.map(({ name }) => ({ name, state: "Streaming" })),
    },
  });
}
const runtime = runtimeFor([camera]);
const whole: CameraSnapshot = {
  ...{ camera, model, runtime, ...people, neighbors: [camera], leftOn: [], nodeExists: true },
};

function conditionsIn(actions: readonly Action[]): Record<string, string> {
  const [action] = actions;
  if (action?.type !== "ApplyStatus") throw new Error("no status");
  const { conditions } = action.object.status as {
    conditions: { type: string; status: string; reason: string; message: string }[];
  };
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );
}

const without = (...fields: (keyof CameraSnapshot)[]) =>
  Object.fromEntries(
    Object.entries(whole).filter(([field]) => !fields.includes(field as keyof CameraSnapshot)),
  ) as never as CameraSnapshot;
/** A camera of another spec, of which the node knows already, or not. */
const cameraWith = (spec: object, isKnown = true): CameraSnapshot => {
  const changed = stored<CameraStream>("CameraStream", { spec });
  const told = isKnown ? { runtime: runtimeFor([changed]) } : {};
  return { ...whole, camera: changed, neighbors: [changed], ...told };
};
/** The node was told of something else since it reported. */
const behind: NodeRuntime = { ...runtime, metadata: { ...runtime.metadata, generation: 3 } };
const masks = [{ name: "desk", left: "0", top: "0", width: "0.5", height: "0.5" }];
/** The camera after it was judged so. */
const judged = (snapshot: CameraSnapshot): CameraStream => {
  const [action] = planCamera(snapshot, now);
  const { status } = (action as { object: { status: NonNullable<CameraStream["status"]> } }).object;
  return { ...snapshot.camera, status };
};
/** So many older cameras of the node. */
const older = (count: number, spec: (index: number) => object = () => ({})): CameraStream[] =>
  Array.from({ length: count }, (_, index) => ({
    ...stored<CameraStream>("CameraStream", { spec: spec(index) }),
    metadata: { ...camera.metadata, name: `zz-${index}`, creationTimestamp: "2025-01-01T00:00:00Z" },
  }));
const crowded = (others: readonly CameraStream[], more: object = {}): CameraSnapshot => {
  const neighbors = [camera, ...others];
  return { ...whole, ...more, neighbors, runtime: runtimeFor(neighbors, more) };
};
const galleries = Array.from({ length: MOST_GALLERIES }, (_, index) => ({
  ...gallery,
  metadata: { ...gallery.metadata, name: `site-${index}` },
}));

describe("a camera", () => {
  test.each<[string, CameraSnapshot, string, string]>([
    ["that streams is ready", whole, "Ready", "True Streaming"],
    ["of a model that is missing", without("model"), "Stalled", "True ModelNotFound: spec.modelRef names FaceModel"],
    [
      "on a node that is missing",
      { ...whole, nodeExists: false },
      "Stalled",
      "True NodeNotFound: spec.nodeName names node",
    ],
    [
      "of a gallery that is missing",
      { ...whole, galleries: new Map() },
      "Stalled",
      "True GalleryNotFound: spec.galleryRef",
    ],
    [
      "that asks for adaptation, which this version has not",
      cameraWith({ adaptationPolicyRef: { name: "evening" } }),
      "Stalled",
      "True AdaptationNotSupported: spec.adaptationPolicyRef names AdaptationPolicy evening",
    ],
    [
      "that is suspended",
      cameraWith({ suspend: true }),
      "Ready",
      "False Suspended: spec.suspend is set: the camera is",
    ],
    [
      "that is suspended while its node is still told to read it",
      cameraWith({ suspend: true }, false),
      "Reconciling",
      "True Suspending: spec.suspend is set, and node",
    ],
    [
      "that is suspended while its node has not taken that up",
      {
        ...cameraWith({ suspend: true }),
        runtime: { ...runtimeFor([]), metadata: { ...runtime.metadata, generation: 3 } },
      },
      "Reconciling",
      "True Suspending",
    ],
    [
      "with a mask of which its node is not told yet",
      cameraWith({ privacyMasks: masks }, false),
      "Reconciling",
      "True Ordering",
    ],
    [
      "with a mask that its node has not taken up yet",
      {
        ...cameraWith({ privacyMasks: masks }),
        runtime: { ...cameraWith({ privacyMasks: masks }).runtime!, metadata: behind.metadata },
      },
      "Reconciling",
      "True TakingUp",
    ],
    ["with a mask that its node has taken up", cameraWith({ privacyMasks: masks }), "Ready", "True Streaming"],
    [
      "that moved and may still be read where it was",
      { ...whole, leftOn: ["n9"] },
      "Reconciling",
      "True StillElsewhere",
    ],
    [
      "that failed before its node took up what is new",
      {
        ...whole,
        runtime: {
          ...behind,
          status: { ...runtime.status, cameras: [{ name: camera.metadata.name, state: "Failed" }] },
        },
      },
      "Reconciling",
      "True TakingUp",
    ],
    [
      "that is one more than its node takes",
      crowded(older(MOST_CAMERAS)),
      "Stalled",
      "True NodeFull: node orin-nx-1 reads 64 older cameras, the most that a node takes",
    ],
    ["that is the last that its node takes", crowded(older(MOST_CAMERAS - 1)), "Ready", "True Streaming"],
    [
      "that is one more while another is suspended",
      crowded(older(MOST_CAMERAS, (index) => ({ suspend: index === 0 }))),
      "Ready",
      "True Streaming",
    ],
    [
      "whose gallery is one more than its node takes",
      crowded(
        older(MOST_GALLERIES, (index) => ({ galleryRef: { name: `site-${index}` } })),
        { galleries: named([gallery, ...galleries]) },
      ),
      "Stalled",
      "True GalleriesFull: node orin-nx-1 has no room for FaceGallery staff",
    ],
    [
      "whose gallery is one of as many as its node takes",
      crowded(
        older(MOST_GALLERIES - 1, (index) => ({ galleryRef: { name: `site-${index}` } })),
        { galleries: named([gallery, ...galleries]) },
      ),
      "Ready",
      "True Streaming",
    ],
    ["on a node that has no runtime yet", without("runtime"), "Reconciling", "True NodeNotServing"],
    [
      "on a node of another model",
      { ...whole, runtime: { ...runtime, spec: { ...runtime.spec, model: "other" } } },
      "Stalled",
      "True ModelMismatch: node",
    ],
    [
      "that fails on its node",
      {
        ...whole,
        runtime: {
          ...runtime,
          status: {
            ...runtime.status,
            cameras: [{ name: camera.metadata.name, state: "Failed", message: "HTTP 401" }],
          },
        },
      },
      "Stalled",
      "True CameraFailed: HTTP 401",
    ],
  ])("%s", (_, snapshot, type, text) => {
    expect(conditionsIn(planCamera(snapshot, now))[type]).toContain(text);
  });

  test("whose status says it all already is not written again, nor at each step of its model", () => {
    const told = judged(whole);
    expect(planCamera({ ...whole, camera: told }, now + 60_000)).toEqual([]);
    expect(planCamera({ ...whole, camera: told, runtime: behind }, now + 60_000)).toEqual([]);
  });

  test("that was ready is not for that when it is changed", () => {
    const told = judged(whole);
    const changed = { ...told, metadata: { ...told.metadata, generation: 3 } };
    const { Ready } = conditionsIn(planCamera({ ...whole, camera: changed, runtime: behind }, now));
    expect(Ready).toContain("Unknown TakingUp");
  });
});

describe("a gallery", () => {
  const holding = (version: string, message?: string) =>
    ({
      ...runtime,
      status: { galleries: [{ name: gallery.metadata.name, version, people: 2, ...(message && { message }) }] },
    }) as NodeRuntime;
  const versionOf = () => {
    const [action] = planGallery({ gallery, dataset: pictures(["Enrollment"]), runtimes: [] }, now);
    return (action as { object: { status: { version: string } } }).object.status.version;
  };

  test.each([
    ["without its pictures is stalled", undefined, [], "Stalled", "DatasetNotFound: spec.datasetRef names FaceDataset"],
    ["whose pictures may not be used so is stalled", pictures(["Gate"]), [], "Stalled", "PurposeNotAllowed"],
    [
      "whose pictures are in a format that is not read is stalled",
      { ...pictures(["Enrollment"]), spec: { ...pictures(["Enrollment"]).spec, format: "DFEW" as const } },
      [],
      "Stalled",
      "FormatNotSupported: spec.datasetRef names FaceDataset staff-pictures, whose spec.format DFEW is not read",
    ],
    ["that nobody uses is ready", pictures(["Enrollment"]), [], "Ready", "NotUsed"],
    [
      "that a node does not hold yet is being embedded",
      pictures(["Enrollment"]),
      [holding("old")],
      "Reconciling",
      "Embedding: 0 of 1 nodes",
    ],
    [
      "that every node holds is current",
      pictures(["Enrollment"]),
      [holding(versionOf())],
      "Ready",
      "True Current: 2 people on 1 of 1 nodes",
    ],
    [
      "whose key is missing says so",
      pictures(["Enrollment"]),
      [holding(versionOf(), "its key is not mounted")],
      "Stalled",
      "Incomplete: its key is not mounted",
    ],
  ])("%s", (_, dataset, runtimes, type, text) => {
    const snapshot = { gallery, runtimes, ...(dataset && { dataset }) };
    expect(conditionsIn(planGallery(snapshot, now))[type]).toContain(text);
  });
});

describe("a dataset", () => {
  const gate = (spec: object) => ({
    ...stored<FaceDataset>("FaceDataset", { spec }),
    metadata: { ...model.metadata, name: model.spec.gates.offline.datasetRef.name },
  });

  test.each([
    ["that is used as it may be is accepted", gate({ purposes: ["Gate"] }), "Ready", "Accepted: may be used for Gate"],
    [
      "that is used for what it may not says who does, where, and the remedy",
      gate({ purposes: ["Training"] }),
      "Stalled",
      "PurposeNotAllowed: FaceModel door-faces: spec.gates.offline.datasetRef",
    ],
    [
      "in a format that is not read says what to do",
      gate({ format: "DFEW", purposes: ["Gate"] }),
      "Stalled",
      "FormatNotSupported: spec.format DFEW",
    ],
    [
      "from a place that an earlier version admitted says so without telling the place",
      { ...gate({}), spec: { ...gate({}).spec, source: { uri: "oci://registry/secret-set", digest: "" } } },
      "Stalled",
      "SourceNotSupported: spec.source.uri begins with oci://, from where this version does not pull: use https://",
    ],
  ])("%s", (_, dataset, type, text) => {
    expect(conditionsIn(planDataset({ dataset, models: [model], galleries: [] }, now))[type]).toContain(text);
  });
});

describe("a RolloutDecision", () => {
  const decision = stored<RolloutDecision>("RolloutDecision");
  const handled = stored<RolloutDecision>("RolloutDecision", { status: { handledAt: "2026-01-01T00:00:00Z" } });

  test("on a FaceModel that does not exist is stalled, and says what to do", () => {
    const { Stalled } = conditionsIn(planDecision({ decision, modelExists: false }, now));
    expect(Stalled).toContain(`ModelNotFound: spec.modelRef names FaceModel ${decision.spec.modelRef.name}`);
  });

  test.each([
    ["on one that exists", decision, true],
    ["that was carried out before its FaceModel went", handled, false],
  ])("%s is left as it is", (_, decision, modelExists) => {
    expect(planDecision({ decision, modelExists }, now)).toEqual([]);
  });
});

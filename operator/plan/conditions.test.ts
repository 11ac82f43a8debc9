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
const runtime = stored<NodeRuntime>("NodeRuntime", {
  spec: { model: model.metadata.name },
  status: {
    slots: { active: { revision: "r1", engineKey: "k", state: "Ready", since: "2026-01-01T00:00:00Z" } },
    cameras: [{ name: camera.metadata.name, state: "Streaming" }],
  },
});
const whole: CameraSnapshot = { camera, model, gallery, runtime, nodeExists: true, policies: new Set() };

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
const cameraWith = (spec: object): CameraSnapshot => ({ ...whole, camera: stored("CameraStream", { spec }) });

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
    ["of a gallery that is missing", without("gallery"), "Stalled", "True GalleryNotFound: spec.galleryRef"],
    [
      "of a policy that is missing",
      cameraWith({ adaptationPolicyRef: { name: "evening" } }),
      "Stalled",
      "True PolicyNotFound: spec.adaptationPolicyRef names AdaptationPolicy evening",
    ],
    ["that is suspended", cameraWith({ suspend: true }), "Ready", "False Suspended"],
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

  test("whose status says it all already is not written again", () => {
    const [action] = planCamera(whole, now);
    const status = (action as { object: { status: NonNullable<CameraStream["status"]> } }).object.status;
    expect(planCamera({ ...whole, camera: { ...camera, status } }, now + 60_000)).toEqual([]);
  });
});

describe("a gallery", () => {
  const pictures = (purposes: string[]) => ({
    ...stored<FaceDataset>("FaceDataset", { spec: { purposes } }),
    metadata: { ...model.metadata, name: gallery.spec.datasetRef.name },
  });
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
  const named = (spec: object) => ({
    ...stored<FaceDataset>("FaceDataset", { spec }),
    metadata: { ...model.metadata, name: model.spec.gates.offline.datasetRef.name },
  });

  test.each([
    ["that is used as it may be is accepted", named({ purposes: ["Gate"] }), "Ready", "Accepted: may be used for Gate"],
    [
      "that is used for what it may not says who does, where, and the remedy",
      named({ purposes: ["Training"] }),
      "Stalled",
      "PurposeNotAllowed: FaceModel door-faces: spec.gates.offline.datasetRef",
    ],
    [
      "in a format that is not read says what to do",
      named({ format: "DFEW", purposes: ["Gate"] }),
      "Stalled",
      "FormatNotSupported: spec.format DFEW",
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

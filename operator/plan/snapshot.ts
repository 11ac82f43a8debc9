import type { BuildReport } from "../../crds/buildreport.ts";
import type { CameraStream } from "../../crds/camerastream.ts";
import type { EngineBuild } from "../../crds/enginebuild.ts";
import type { FaceDataset } from "../../crds/facedataset.ts";
import type { FaceGallery } from "../../crds/facegallery.ts";
import type { FaceModel } from "../../crds/facemodel.ts";
import type { ObjectMeta } from "../../crds/kind.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import type { RolloutDecision } from "../../crds/rolloutdecision.ts";
import type { Recipe } from "./revision.ts";

/** What the operator was started with; the same for every object. */
export interface Settings {
  /** Image of build Jobs and runtimes. Part of every revision: another image is another revision. */
  readonly runtimeImage: string;
  /** Folder on the nodes; each namespace has a folder of its own below it. */
  readonly storePath: string;
  /** Root of the host's file system, of which the hardware facts are read; "/" on a real node. */
  readonly hostRoot: string;
  /** How often a runtime may write its evidence, as a duration such as 30s. */
  readonly evidenceInterval: string;
  /** Milliseconds that a node may be not ready before it counts as away. */
  readonly awayAfter: number;
}

/** A Node, as far as a rollout looks at it. */
export interface NodeFact {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Condition Ready is True and the node is not being deleted. */
  readonly ready: boolean;
  /** When `ready` last changed, RFC 3339. */
  readonly since: string;
}

/** How the pod of a Job ended, or why it does not begin. */
export interface PodFact {
  /** Whether its container ever ran. */
  readonly started: boolean;
  /**
   * Whether it was ended from outside: evicted, preempted, its node shut down or lost (condition DisruptionTarget), or
   * ended without anybody to see why, as in a power cut.
   */
  readonly disrupted?: boolean;
  /** Reason of the pod or its container, such as Evicted, ImagePullBackOff, OOMKilled or Error. */
  readonly reason?: string;
  readonly message?: string;
}

/** The Job of an EngineBuild. */
export interface JobFact {
  readonly name: string;
  readonly uid: string;
  /** Name of the EngineBuild that owns it. */
  readonly build: string;
  /** Which try of the build it is, counted from 0: its label facefleet.dev/try. */
  readonly tries: number;
  readonly state: "Active" | "Complete" | "Failed";
  readonly startedAt?: string;
  /** When it completed or failed. */
  readonly finishedAt?: string;
  /** Reason of the condition Failed, such as DeadlineExceeded or BackoffLimitExceeded. */
  readonly reason?: string;
  /** Absent when the pod is gone or was never made. */
  readonly pod?: PodFact;
  /** The termination message, read with parseBuildReport; absent when it is none. */
  readonly report?: BuildReport;
}

/** Any object as the API server has it, for comparison with what is wanted. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string; readonly uid: string };
}

/** The Deployment of a node's runtime. */
export interface DeploymentFact {
  readonly object: LiveObject;
  /** Its pod is ready. */
  readonly available: boolean;
  /** When `available` last changed, RFC 3339; absent before the Deployment has been looked at. */
  readonly since?: string;
  /** Why its pod cannot become ready, once condition Progressing is False. */
  readonly stuck?: string;
}

/** The record of a revision: a ControllerRevision. */
export interface RevisionRecord {
  readonly name: string;
  readonly uid: string;
  readonly revision: string;
  /** The sequence number. */
  readonly number: number;
  readonly recipe: Recipe;
}

/** All that the plan of one FaceModel looks at. Maps are by name and hold objects of the model's namespace. */
export interface ModelSnapshot {
  readonly settings: Settings;
  readonly model: FaceModel;
  /** Every node of the cluster. */
  readonly nodes: readonly NodeFact[];
  /** FaceModels of the namespace that are older and so come first where selectors overlap. */
  readonly olderModels: readonly FaceModel[];
  readonly datasets: ReadonlyMap<string, FaceDataset>;
  readonly galleries: ReadonlyMap<string, FaceGallery>;
  /** Cameras whose modelRef names the model. */
  readonly cameras: readonly CameraStream[];
  /** Decisions whose modelRef names the model. */
  readonly decisions: readonly RolloutDecision[];
  readonly revisions: readonly RevisionRecord[];
  readonly builds: readonly EngineBuild[];
  readonly jobs: readonly JobFact[];
  /** By node: NodeRuntimes of the namespace, those of other models too, which may be on the way out. */
  readonly runtimes: ReadonlyMap<string, NodeRuntime>;
  /** By node: Deployments of the model's runtimes. */
  readonly deployments: ReadonlyMap<string, DeploymentFact>;
}

/** All that the status of a CameraStream depends on. */
export interface CameraSnapshot {
  readonly camera: CameraStream;
  readonly model?: FaceModel;
  /** Whether the cluster has the node that the camera names. */
  readonly nodeExists: boolean;
  /** The NodeRuntime of that node. */
  readonly runtime?: NodeRuntime;
  /** Other nodes of the cluster that are told to read the camera, or say that they do. */
  readonly leftOn: readonly string[];
  /** Cameras of the same node and model, the camera itself among them. */
  readonly neighbors: readonly CameraStream[];
  /** The galleries that these name, as far as they exist. */
  readonly galleries: ReadonlyMap<string, FaceGallery>;
  /** The datasets of these galleries. */
  readonly datasets: ReadonlyMap<string, FaceDataset>;
}

/** All that the status of a FaceGallery depends on. */
export interface GallerySnapshot {
  readonly gallery: FaceGallery;
  /** The dataset that the gallery names. */
  readonly dataset?: FaceDataset;
  /** NodeRuntimes of the namespace whose spec has the gallery. */
  readonly runtimes: readonly NodeRuntime[];
}

/** All that the status of a RolloutDecision depends on while its FaceModel does not rule on it. */
export interface DecisionSnapshot {
  readonly decision: RolloutDecision;
  readonly modelExists: boolean;
}

/** All that the status of a FaceDataset depends on. */
export interface DatasetSnapshot {
  readonly dataset: FaceDataset;
  /** FaceModels and FaceGalleries of the namespace that may name it. */
  readonly models: readonly FaceModel[];
  readonly galleries: readonly FaceGallery[];
}

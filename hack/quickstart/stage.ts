import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../cluster/cache.ts";
import { type Cluster, type DeviceName, type Images, type ProcessNode, startCluster } from "../cluster/cluster.ts";
import { renderChart } from "../helm/render.ts";
import { buildModels, type BuiltModels } from "../models/build-models.ts";
import {
  type CameraServer,
  prepareScenes,
  quickstartScripts,
  type Scene,
  serveCameras,
  setNames,
  SETS,
  storeDataset,
  type StoredDataset,
} from "../people/people.ts";
import { serveArtifacts } from "./artifacts.ts";
import type { Variables } from "./examples.ts";
import { type Hub, openHub } from "./hub.ts";
import type { LocalServer } from "./local-server.ts";
import { applyAll, clientOf, ClusterView } from "./world.ts";

export const namespace = "facefleet";

/** Nodes of the fleet: what they are and in which ring. */
export const fleet: readonly { name: string; device: DeviceName; ring: "canary" | "fleet" }[] = [
  { name: "orin-agx-1", device: "agx-orin", ring: "canary" },
  { name: "orin-agx-2", device: "agx-orin", ring: "fleet" },
  { name: "orin-nano-1", device: "orin-nano", ring: "fleet" },
  { name: "orin-nano-2", device: "orin-nano", ring: "fleet" },
];

/** A container that was killed over and over waits, but not longer than anybody wants to watch. */
const backoff = { initialMilliseconds: 500, maximumMilliseconds: 4_000 };

/** The node that runs the operator. */
export const hubNode = "hub";
const imageName = "facefleet";
const checkout = fileURLToPath(new URL("../../", import.meta.url));

/** Everything the story is played on. */
export interface Stage extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly nodes: ReadonlyMap<string, ProcessNode>;
  readonly view: ClusterView;
  readonly hub: Hub;
  readonly cameras: CameraServer;
  /** What stands for the variables of the example, with this recognizer. */
  variables(recognizer: Recognizer): Variables;
}

/** Recognizers of the story, by their file. */
export type Recognizer = Extract<keyof BuiltModels, `face-recognition${string}`>;

export interface StageOptions {
  /** Folder of the cluster. */
  directory: string;
  onProgress: (line: string) => void;
  signal: AbortSignal;
}

/** Draws, converts and starts everything; what was made is undone when one thing fails. */
export async function setStage({ directory, onProgress, signal }: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const { cluster, props } = await raise({ directory, onProgress, signal }, stack);
  const { models, datasets, scenes } = props;
  const password = randomBytes(12).toString("hex");
  const cameras = await serveCameras(scenes, { credentials: { entrance: { username: "facefleet", password } } });
  stack.defer(() => cameras.close());
  const hub = stack.use(await openHub());
  const artifacts = stack.use(await serveArtifacts(filesOf(models, datasets)));
  const nodes = await startNodes(cluster, onProgress);
  onProgress("Installing the chart");
  const view = stack.use(new ClusterView(await clientOf(cluster.adminKubeconfig), namespace));
  await install(cluster, { onProgress, signal });
  await view.synced;
  const galleryKey = randomBytes(32).toString("hex");
  const shared = { password, galleryKey, cameras, hub, artifacts, datasets, models };
  const resources = stack.move();
  return {
    cluster,
    nodes,
    view,
    hub,
    cameras,
    variables: (recognizer) => variablesOf(shared, recognizer),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Starts the control plane while networks are converted and pictures are drawn; when one fails, the other is ended. */
async function raise({ directory, onProgress, signal }: StageOptions, stack: AsyncDisposableStack) {
  const failed = new AbortController();
  const shared = { onProgress, signal: AbortSignal.any([signal, failed.signal]) };
  const end = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  const starting = startCluster({ directory, auditPolicy: "Metadata", ...shared }).catch(end);
  const preparing = prepare(shared).catch(end);
  const [started] = await Promise.allSettled([starting, preparing]);
  if (started.status === "fulfilled") stack.use(started.value);
  failed.signal.throwIfAborted();
  return { cluster: await starting, props: await preparing };
}

interface Props {
  models: BuiltModels;
  datasets: Readonly<Record<(typeof setNames)[number], StoredDataset>>;
  scenes: readonly Scene[];
}

/** Real networks and drawn people: made once, then found in the cache. */
async function prepare({ onProgress, signal }: Omit<StageOptions, "directory">): Promise<Props> {
  onProgress("Converting pretrained networks to ONNX");
  const models = await buildModels({ signal });
  const cache = cacheDirectory();
  const stored: [string, StoredDataset][] = [];
  for (const name of setNames) {
    onProgress(`Drawing the ${name} pictures`);
    stored.push([name, await storeDataset(SETS[name], { cache, signal })]);
  }
  onProgress("Drawing what the cameras see");
  const scenes = await prepareScenes(quickstartScripts(), { cache, signal });
  return { models, datasets: Object.fromEntries(stored) as Props["datasets"], scenes };
}

function filesOf(models: BuiltModels, datasets: Props["datasets"]): Map<string, string> {
  return new Map([
    ...Object.entries(models).map(([name, { path }]) => [`${name}.onnx`, path] as const),
    ...Object.entries(datasets).map(([name, { path }]) => [`${name}.tar`, path] as const),
  ]);
}

async function startNodes(cluster: Cluster, onProgress: (line: string) => void): Promise<Map<string, ProcessNode>> {
  const images: Images = {
    [imageName]: { entrypoint: ["node"], workingDirectory: checkout, env: { PATH: pathWithNode() } },
  };
  const started = await Promise.all([
    cluster.addNode({ name: hubNode, images, backoff }),
    ...fleet.map(({ name, device, ring }) =>
      cluster.addNode({
        name,
        device,
        images,
        backoff,
        labels: { "example.com/site": "doors", "example.com/ring": ring },
      }),
    ),
  ]);
  onProgress(`${started.length} nodes are ready`);
  return new Map(started.map((node) => [node.name, node]));
}

function pathWithNode(): string {
  return [dirname(process.execPath), process.env.PATH ?? ""].join(":");
}

/** What `helm install` does: the objects of the chart, under the accounts and roles that ship. */
async function install(cluster: Cluster, { onProgress, signal }: Omit<StageOptions, "directory">): Promise<void> {
  const values = {
    image: { repository: imageName, tag: "quickstart" },
    operator: { nodeSelector: { "kubernetes.io/hostname": hubNode }, awayAfter: "1s" },
    runtime: { evidenceInterval: "2s" },
  };
  const objects = await renderChart(values, { namespace, onProgress, signal });
  const client = await clientOf(cluster.adminKubeconfig);
  const isDefinition = ({ kind }: { kind: string }) => kind === "CustomResourceDefinition";
  await applyAll(client, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }], signal);
  await applyAll(client, objects.filter(isDefinition), signal);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  await applyAll(
    client,
    objects.filter((object) => !isDefinition(object)),
    signal,
  );
  await client.close();
}

interface Shared extends Pick<Props, "models" | "datasets"> {
  password: string;
  galleryKey: string;
  cameras: CameraServer;
  hub: Hub;
  artifacts: LocalServer;
}

function variablesOf(
  { models, datasets, cameras, hub, artifacts, password, galleryKey }: Shared,
  recognizer: Recognizer,
): Variables {
  return {
    ARTIFACTS: artifacts.url,
    CAMERAS: cameras.url("entrance").replace(/\/entrance$/, ""),
    SINK: hub.url,
    CAMERA_PASSWORD: password,
    GALLERY_KEY: galleryKey,
    DIGEST_GATE: datasets.gate.digest,
    DIGEST_PROBES: datasets.probes.digest,
    DIGEST_ENROLLMENT: datasets.enrollment.digest,
    DIGEST_DETECTOR: models["tiny-face-detector"].digest,
    DIGEST_LANDMARKS: models["face-landmarks"].digest,
    DIGEST_EXPRESSION: models["face-expression"].digest,
    RECOGNIZER: recognizer,
    DIGEST_RECOGNIZER: models[recognizer].digest,
  };
}

/** Folder of everything that a run leaves behind when it is kept. */
export function clusterFolder(): string {
  return join(checkout, ".quickstart", "cluster");
}

/** Where the report goes. */
export function reportFile(): string {
  return join(checkout, ".quickstart", "report.json");
}

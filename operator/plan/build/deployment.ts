import type { FaceModel } from "../../../crds/facemodel.ts";
import type { Desired } from "../action.ts";
import { millisecondsOf } from "../duration.ts";
import { nameOf } from "../name.ts";
import type { Recipe } from "../revision.ts";
import type { Settings } from "../snapshot.ts";
import { labelsFor, outliving, ownedBy, type Owner } from "./owner.ts";
import { gpuClass, identityOn, pinnedTo, restricted, scratch, STORE, storeOwner, storeVolume } from "./pod.ts";

const SECRETS = "/etc/facefleet/secrets";
const PORT = 8080;
/** Seconds beyond the time for loading after which a pod that is not ready counts as stuck: an image has to come first. */
const GRACE = 300;

/** A Secret of the node: which keys are mounted where, below {@link SECRETS}. */
export interface SecretSource {
  readonly secret: string;
  readonly items: readonly { readonly key: string; readonly path: string }[];
}

/** What the runtime of a node is made of. */
export interface RuntimeOrder {
  readonly node: string;
  /** What the pod is told; it goes before the pod does, so that a pod that ends knows whether it is ever to come back. */
  readonly runtime: Owner;
  /** Of the newest revision in the node's slots: its image serves both. */
  readonly recipe: Pick<Recipe, "image" | "engine">;
  readonly secrets: readonly SecretSource[];
}

/** Name of the Deployment of a node's runtime. */
export function deploymentName(model: string, node: string): string {
  return nameOf(model, "runtime", node);
}

/**
 * The runtime of one node: a Deployment of one replica, so that it comes back whatever ends it, bound to its node and
 * tolerating that the node is unreachable for any time, because a device without network must keep working.
 */
export function buildDeployment(
  model: FaceModel,
  order: RuntimeOrder,
  settings: Settings,
): Desired & { readonly spec: object } {
  const { name, namespace } = model.metadata;
  const podLabels = labelsFor({ model: name, node: order.node });
  const load = Math.ceil(millisecondsOf(model.spec.timeouts.load) / 1000);
  const deployment = deploymentName(name, order.node);
  const ownerReferences = [...ownedBy(model), ...outliving(order.runtime)];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: deployment, namespace, labels: podLabels, ownerReferences },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      revisionHistoryLimit: 1,
      progressDeadlineSeconds: load + GRACE,
      selector: { matchLabels: { "app.kubernetes.io/instance": deployment } },
      template: {
        metadata: { labels: { ...podLabels, "app.kubernetes.io/instance": deployment } },
        spec: podSpec(order, namespace, settings),
      },
    },
  };
}

function podSpec({ node, recipe, secrets }: RuntimeOrder, namespace: string, settings: Settings) {
  const store = storeVolume(settings, namespace);
  return {
    serviceAccountName: "facefleet-runtime",
    ...pinnedTo(node),
    ...gpuClass(recipe.engine),
    tolerations: ["not-ready", "unreachable"].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: "Exists",
      effect: "NoExecute",
    })),
    terminationGracePeriodSeconds: 30,
    ...identityOn(recipe.engine),
    volumes: [store.volume, scratch.volume, secretsVolume(secrets)],
    initContainers: [storeOwner(recipe.image, store)],
    containers: [
      {
        name: "runtime",
        image: recipe.image,
        command: ["node", "runtime/main.ts"],
        args: argumentsFor(settings),
        env: [...environment, ...(recipe.engine.gpu ? [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] : [])],
        ports: [{ name: "http", containerPort: PORT, protocol: "TCP" }],
        livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 6 },
        readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
        ...(recipe.engine.gpu && { resources: { limits: { [recipe.engine.gpu.resourceName]: "1" } } }),
        securityContext: restricted,
        volumeMounts: [store.mount, scratch.mount, { name: "secrets", mountPath: SECRETS, readOnly: true }],
      },
    ],
  };
}

/** From the pod itself: no value of them is known before it runs. */
const environment = [
  { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
  { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

function argumentsFor({ evidenceInterval }: Settings): string[] {
  return [
    "serve",
    "--node=$(NODE_NAME)",
    "--namespace=$(POD_NAMESPACE)",
    `--store=${STORE}`,
    `--secrets=${SECRETS}`,
    `--listen=$(POD_IP):${PORT}`,
    `--evidence-interval=${evidenceInterval}`,
  ];
}

function probe(path: string) {
  return { httpGet: { path, port: PORT, scheme: "HTTP" } };
}

/** One volume of all Secrets of the node; a Secret that is missing is a condition of its camera, not a pod that waits. */
function secretsVolume(secrets: readonly SecretSource[]) {
  const sources = secrets.map(({ secret, items }) => ({ secret: { name: secret, items, optional: true } }));
  return { name: "secrets", projected: { defaultMode: 0o440, sources } };
}

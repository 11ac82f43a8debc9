import { kinds } from "../../crds/kinds.ts";
import { crdName, crdOf, type CustomResourceDefinition } from "../../crds/derive/crd.ts";
import type { RenderedObject } from "../../hack/helm/render.ts";
import { applyPatch, type Api, type Reply } from "./api.ts";
import { eventually } from "./eventually.ts";

interface InstalledCrd extends CustomResourceDefinition {
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

const crdPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Plurals of the built-in kinds that the chart has, and whether they live in a namespace. */
const plurals: Record<string, readonly [plural: string, namespaced: boolean]> = {
  ServiceAccount: ["serviceaccounts", true],
  CustomResourceDefinition: ["customresourcedefinitions", false],
  ClusterRole: ["clusterroles", false],
  ClusterRoleBinding: ["clusterrolebindings", false],
  Role: ["roles", true],
  RoleBinding: ["rolebindings", true],
  Deployment: ["deployments", true],
  PodDisruptionBudget: ["poddisruptionbudgets", true],
  NetworkPolicy: ["networkpolicies", true],
  Service: ["services", true],
  ValidatingAdmissionPolicy: ["validatingadmissionpolicies", false],
  ValidatingAdmissionPolicyBinding: ["validatingadmissionpolicybindings", false],
};

/** Applies an object of the chart as Helm would, and gives the server's answer. */
export function apply(api: Api, object: RenderedObject, query = ""): Promise<Reply> {
  const [plural, namespaced] = plurals[object.kind] ?? [];
  if (plural === undefined) throw new Error(`test/support/install.ts does not know the plural of ${object.kind}`);
  const group = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const namespace = namespaced ? `/namespaces/${object.metadata.namespace ?? "default"}` : "";
  const path = `${group}${namespace}/${plural}/${object.metadata.name}?fieldManager=test&force=true${query}`;
  return api.send("PATCH", path, object, applyPatch);
}

/** Installs our CRDs and waits until they are served. @returns each as the server has it, and what it warned of. */
export async function installCrds(api: Api): Promise<{ crd: InstalledCrd; warnings: string[] }[]> {
  return Promise.all(
    kinds.map(async (kind) => {
      const { status, message, warnings } = await api.send("POST", crdPath, crdOf(kind));
      if (status !== 201) throw new Error(message);
      return { crd: await established(api, crdName(kind)), warnings };
    }),
  );
}

/** Waits until a CRD is served. */
export async function established(api: Api, name: string): Promise<InstalledCrd> {
  let crd: InstalledCrd | undefined;
  await eventually(`${name} is established`, async () => {
    crd = (await api.send<InstalledCrd>("GET", `${crdPath}/${name}`)).body;
    return crd.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
  });
  return crd!;
}

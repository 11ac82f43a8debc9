import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { crdName, objectSchema } from "../../crds/derive/crd.ts";
import { exampleOf } from "../../crds/examples.ts";
import { apiVersion, type Kind, type Resource } from "../../crds/kind.ts";
import { kinds } from "../../crds/kinds.ts";
import { startCluster, type Cluster } from "../../hack/cluster/cluster.ts";
import { apiOf, mergePatch, type Api } from "../support/api.ts";
import { installCrds } from "../support/install.ts";

const starting = 20 * 60_000;
let cluster: Cluster;
let api: Api;
let installed: Awaited<ReturnType<typeof installCrds>>;

beforeAll(async () => {
  cluster = await startCluster();
  api = await apiOf(cluster.adminKubeconfig);
  installed = await installCrds(api);
}, starting);
afterAll(async () => {
  await api.close();
  await cluster.stop();
});

const collection = (kind: Kind) => `/apis/${apiVersion}/namespaces/default/${kind.plural}`;

function objectOf(kind: Kind) {
  const { metadata, spec } = exampleOf(kind);
  return { apiVersion, kind: kind.kind, metadata: { name: metadata.name }, spec };
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("%s", (_, kind) => {
  const server = () => installed.find(({ crd }) => crd.metadata.name === crdName(kind))!;

  test("is taken without a warning and has a structural schema", () => {
    const { crd, warnings } = server();
    expect(warnings).toEqual([]);
    expect(crd.status?.conditions).toContainEqual(expect.objectContaining({ type: "NamesAccepted", status: "True" }));
    expect(crd.status?.conditions?.filter(({ type }) => type === "NonStructuralSchema")).toEqual([]);
  });

  test("takes its example, and fills in the defaults that zod fills in", async () => {
    const { status, message, body, warnings } = await api.send<Resource<unknown, unknown>>(
      "POST",
      `${collection(kind)}?fieldValidation=Strict`,
      objectOf(kind),
    );
    expect([status, message, warnings]).toEqual([201, "", []]);
    expect(body.spec).toEqual(kind.spec.parse(exampleOf(kind).spec));
  });

  test("keeps status apart: it is written through its subresource only", async () => {
    const path = `${collection(kind)}/${exampleOf(kind).metadata.name}`;
    const status = { observedGeneration: 1 };
    const { body: ignored } = await api.send<Resource<unknown, unknown>>("PATCH", path, { status }, mergePatch);
    expect(ignored.status).toBeUndefined();
    const { body: written } = await api.send<Resource<unknown, unknown>>(
      "PATCH",
      `${path}/status`,
      { status },
      mergePatch,
    );
    expect(written.status).toEqual(status);
  });

  test("is explained on every field of its spec", async () => {
    const explained = await cluster.kubectl(["explain", `${kind.singular}.spec`]);
    const fields = [...explained.matchAll(/^ {2}(\S+)\t</gm)].map(([, name]) => name);
    expect(fields).toEqual(Object.keys(objectSchema(kind).properties?.spec?.properties ?? {}).sort());
    expect(explained).not.toContain("<no description>");
  });

  test("shows its columns, and answers to its short names", async () => {
    const [name = kind.plural] = kind.shortNames;
    const header = (await cluster.kubectl(["get", name, "-o", "wide"])).split("\n")[0]?.split(/\s{2,}/);
    expect(header).toEqual(["NAME", ...kind.columns.map((column) => column.name.toUpperCase())]);
  });
});

test("kubectl explain tells what the gates are", async () => {
  const explained = await cluster.kubectl(["explain", "facemodel.spec.gates"]);
  expect(explained).toContain("What is shown before anything is promoted.");
  expect(explained).toMatch(/offline\s+<Object> -required-\s+What a built engine must show on its node/);
});

test("one name gets the whole fleet", async () => {
  const names = (await cluster.kubectl(["get", "facefleet", "-o", "name"])).trim().split("\n");
  expect(names).toHaveLength(kinds.length);
});

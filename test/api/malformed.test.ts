import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/kind.ts";
import { kinds } from "../../crds/kinds.ts";
import { startCluster, type Cluster } from "../../hack/cluster/cluster.ts";
import { apiOf, type Api } from "../support/api.ts";
import { examples } from "../../crds/examples.ts";
import type { KindName } from "../support/builders.ts";
import { set, type Edit } from "../support/edit.ts";
import { installCrds } from "../support/install.ts";
import { cameraStreamCases } from "./malformed/camerastream.cases.ts";
import type { MalformedCase } from "./malformed/case.ts";
import { faceModelCases } from "./malformed/facemodel.cases.ts";
import { gateCases } from "./malformed/gates.cases.ts";
import { networkCases } from "./malformed/networks.cases.ts";
import { engineBuildCases, nodeRuntimeCases } from "./malformed/owned.cases.ts";
import { faceDatasetCases, faceGalleryCases, rolloutDecisionCases } from "./malformed/records.cases.ts";

const malformedCases = [
  ...networkCases,
  ...gateCases,
  ...faceModelCases,
  ...faceDatasetCases,
  ...cameraStreamCases,
  ...faceGalleryCases,
  ...rolloutDecisionCases,
  ...engineBuildCases,
  ...nodeRuntimeCases,
];

const starting = 20 * 60_000;
let cluster: Cluster;
let api: Api;

beforeAll(async () => {
  cluster = await startCluster();
  api = await apiOf(cluster.adminKubeconfig);
  await installCrds(api);
}, starting);
afterAll(async () => {
  await api.close();
  await cluster.stop();
});

interface Sent {
  metadata: { name: string; resourceVersion?: string };
}

const pathOf = (kind: KindName) =>
  `/apis/${apiVersion}/namespaces/default/${kinds.find((each) => each.kind === kind)!.plural}`;

function validObject(kind: KindName, edits: readonly Edit[]): Sent {
  const { metadata, spec } = examples[kind];
  const object = { apiVersion, kind, metadata: { name: metadata.name }, spec };
  return edits.reduce((edited, edit) => edit(edited), object);
}

/** Sends the valid object, which must be taken, and then the malformed one. */
async function refusal({ kind, from = [], edit, update = false }: MalformedCase) {
  const valid = validObject(kind, from);
  const path = pathOf(kind);
  const taken = await api.send<Sent>("POST", `${path}?fieldValidation=Strict${update ? "" : "&dryRun=All"}`, valid);
  expect([taken.status, taken.message]).toEqual([201, ""]);
  if (!update) return api.send("POST", `${path}?dryRun=All`, edit(valid));
  const stored = `${path}/${valid.metadata.name}`;
  const newer = set("metadata.resourceVersion", taken.body.metadata.resourceVersion)(edit(valid));
  const answer = await api.send("PUT", stored, newer);
  await api.send("DELETE", stored);
  return answer;
}

describe("a real API server refuses, naming the field and the remedy,", () => {
  test.each(malformedCases.map((malformed) => [malformed.kind, malformed.story, malformed] as const))(
    "of a %s %s",
    async (_, __, malformed) => {
      const { status, message } = await refusal(malformed);
      expect(status).toBe(422);
      expect(message).toContain(`${malformed.field}: `);
      expect(message).toContain(malformed.remedy);
    },
  );

  test("and repeats no password and no name in its message", async () => {
    const telling = malformedCases.filter(({ story }) => /password|by name/.test(story));
    expect(telling.length).toBeGreaterThanOrEqual(4);
    for (const malformed of telling) expect((await refusal(malformed)).message).not.toMatch(/secret@|Lovelace/);
  });
});

test("a field that does not exist is refused under strict validation", async () => {
  const { status, message } = await api.send(
    "POST",
    `${pathOf("FaceModel")}?dryRun=All&fieldValidation=Strict`,
    set("spec.precison", "INT8")(validObject("FaceModel", [])),
  );
  expect([status, message]).toEqual([400, expect.stringContaining('unknown field "spec.precison"')]);
});

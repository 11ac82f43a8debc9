import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { examples } from "../../crds/examples.ts";
import { FaceFleet } from "./facefleet.ts";
import { FaceModel } from "./facemodel.ts";

/** What Pulumi's engine was asked to make. */
const registered: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: args.name, state: args.inputs as object };
    },
    call: () => ({}),
  });
});

const find = (name: string, type: RegExp) => registered.find((args) => args.name === name && type.test(args.type));

describe("the component", () => {
  test("installs the chart of this checkout into the namespace, with the values given", async () => {
    const fleet = new FaceFleet("fleet", { namespace: "edge", values: { operator: { replicas: 2 } } });
    await settled(fleet.resources);
    expect(find("fleet", /^kubernetes:helm.sh\/v4:Chart$/)?.inputs).toMatchObject({
      namespace: "edge",
      values: { operator: { replicas: 2 } },
    });
    const { chart } = find("fleet", /Chart$/)?.inputs as { chart: string };
    expect(existsSync(join(chart, "Chart.yaml"))).toBe(true);
  });
});

describe("a FaceModel", () => {
  test("is a custom resource of our group whose spec may hold outputs of others", async () => {
    const { spec } = examples.FaceModel;
    const nodes = { matchLabels: pulumi.output({ site: "lobby" }) };
    const model = new FaceModel("doors", { metadata: { namespace: "edge" }, spec: { ...spec, nodes } });
    await settled(model.urn);
    expect(find("doors", /FaceModel/)?.inputs).toMatchObject({
      apiVersion: "facefleet.dev/v1alpha1",
      kind: "FaceModel",
      metadata: { namespace: "edge" },
      spec: { ...spec, nodes: { matchLabels: { site: "lobby" } } },
    });
  });
});

/** Waits until what an output comes from has been registered. */
function settled<T>(output: pulumi.Output<T>): Promise<void> {
  return new Promise((resolve) => output.apply(() => resolve()));
}

import { examples } from "../../../crds/examples.ts";
import type { FaceModel } from "../../../crds/facemodel.ts";
import { apiVersion } from "../../../crds/kind.ts";
import type { Client } from "../../../operator/kit/client.ts";
import * as resources from "../../../operator/resources.ts";
import { addNode } from "../../support/devices.ts";
import { namespace } from "../../support/fleet.ts";

export const model = { name: "doors", namespace };

/** Applies a FaceModel for so many nodes, each with a camera, that are all of one wave and have nothing to wait for. */
export async function orderFleet(admin: Client, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => `orin-${String(index).padStart(4, "0")}`);
  for (const [name, purpose] of Object.entries({ gate: "Gate", probes: "Probe" })) {
    await create(admin, "FaceDataset", name, { ...examples.FaceDataset.spec, purposes: [purpose] });
  }
  for (const part of inParts(names, 20)) await Promise.all(part.map((name) => addNode(admin, name, { site: "doors" })));
  for (const part of inParts(names, 20)) {
    const { galleryRef: _, infer: __, ...spec } = examples.CameraStream.spec;
    await Promise.all(
      part.map((name) =>
        create(admin, "CameraStream", name, { ...spec, nodeName: name, modelRef: { name: model.name } }),
      ),
    );
  }
  const { rollout, ...spec } = examples.FaceModel.spec;
  const waves = [{ name: "all", soak: "0s", maxUnavailable: "100%" }];
  const nodes = { matchLabels: { site: "doors" } };
  await create(admin, "FaceModel", model.name, {
    ...spec,
    nodes,
    rollout: { ...rollout, waves, maxConcurrentBuilds: size },
  });
}

async function create(admin: Client, kind: keyof typeof examples, name: string, spec: object): Promise<void> {
  await admin.create(resources.resourceOf(kind), { apiVersion, kind, metadata: { name, namespace }, spec } as never);
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}

/** Waits until the rollout is over. @throws Error with how far it came, after `seconds`. */
export async function untilPromoted(admin: Client, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const { status } = await admin.get<FaceModel>(resources.facemodels, model);
    if (status?.state === "Promoted") return;
    if (performance.now() > end)
      throw new Error(`the rollout came to ${status?.progress ?? "nothing"} in ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

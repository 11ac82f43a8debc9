import { describe, expect, test } from "@jest/globals";
import { pickNode } from "./node.ts";
import { readyNode } from "./objects.fake.ts";

const { metadata, status } = readyNode;
const isReady = (value: string, lastTransitionTime: string) => ({
  conditions: [{ type: "Ready", status: value, lastTransitionTime }],
});

describe("a Node is", () => {
  test.each<[string, Parameters<typeof pickNode>[0], { ready: boolean; since: string }]>([
    ["ready since its kubelet said so", readyNode, { ready: true, since: "2026-11-24T12:02:27Z" }],
    [
      "not ready since its kubelet said so",
      { ...readyNode, status: isReady("False", "2026-11-24T13:00:00Z") },
      { ready: false, since: "2026-11-24T13:00:00Z" },
    ],
    [
      "not ready since nobody hears of it any more",
      { ...readyNode, status: isReady("Unknown", "2026-11-24T14:00:00Z") },
      { ready: false, since: "2026-11-24T14:00:00Z" },
    ],
    [
      "not ready since it came, before its kubelet has said anything",
      { ...readyNode, status: {} },
      { ready: false, since: "2026-11-24T12:02:20Z" },
    ],
    [
      "not ready while it is being deleted, whatever its kubelet says",
      { ...readyNode, metadata: { ...metadata, deletionTimestamp: "2026-11-24T15:00:00Z" } },
      { ready: false, since: "2026-11-24T15:00:00Z" },
    ],
  ])("%s", (_, raw, { ready, since }) => expect(pickNode(raw).fact).toMatchObject({ name: "n1", ready, since }));
});

test("of a Node the labels are kept, and nothing that grows with it", () => {
  const node = pickNode(readyNode);
  expect(node.fact.labels).toEqual(metadata.labels);
  expect(Object.keys(node)).toEqual(["apiVersion", "kind", "metadata", "fact"]);
  expect(node.metadata).toEqual({ name: "n1", uid: metadata.uid, resourceVersion: "314" });
});

test("a heartbeat changes nothing that is kept but the version", () => {
  const conditions = status.conditions.map((each) => ({ ...each, lastHeartbeatTime: "2026-11-24T12:10:00Z" }));
  const later = pickNode({
    ...readyNode,
    metadata: { ...metadata, resourceVersion: "399" },
    status: { conditions },
  });
  expect(later).toEqual({ ...pickNode(readyNode), metadata: { ...later.metadata, resourceVersion: "399" } });
});

import { once } from "node:events";
import { createServer, isIPv4 } from "node:net";
import { expect, test } from "@jest/globals";
import { addressPlan, freeAddressPlan, maxNodes, nodeAddress, podAddresses, ports } from "./network.ts";

test("no two of a cluster's addresses are equal, and all lie in its subnet", () => {
  const plan = addressPlan(7);
  const nodes = Array.from({ length: maxNodes }, (_, index) => nodeAddress(plan, index + 1));
  const all = [plan.controlPlane, ...nodes, ...nodes.flatMap(podAddresses)];
  expect(new Set(all).size).toBe(all.length);
  expect(
    all.filter((address) => !isIPv4(address) || !address.startsWith("127.7.") || address.endsWith(".255")),
  ).toEqual([]);
});

test("a subnet in which a cluster's etcd listens is passed over, also from the last to the first", async () => {
  const { subnet, controlPlane } = await freeAddressPlan(254);
  const taken = createServer().listen(ports.etcd, controlPlane);
  await once(taken, "listening");
  expect((await freeAddressPlan(subnet)).subnet).not.toBe(subnet);
  taken.close();
});

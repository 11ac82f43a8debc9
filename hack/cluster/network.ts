import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { isErrno } from "./errors.ts";

/** Ports of the control plane and of nodes: the usual ones, since every cluster has addresses of its own. */
export const ports = { etcd: 2379, etcdPeer: 2380, apiServer: 6443, kubelet: 10250, console: 10255 } as const;

/** The most nodes one cluster can hold, and the most pods with an address of their own on one node. */
export const maxNodes = 254;
export const maxPodsPerNode = 250;

/**
 * The loopback addresses of one cluster, 127.S.0.0/16: the control plane at 127.S.0.1, node N at 127.S.N.1 and its
 * pods from 127.S.N.2 on. Linux answers on all of 127.0.0.0/8 without any set-up.
 */
export interface AddressPlan {
  subnet: number;
  controlPlane: string;
}

export function addressPlan(subnet: number): AddressPlan {
  return { subnet, controlPlane: `127.${subnet}.0.1` };
}

/** The address of the node of this number (1 to 254). */
export function nodeAddress(plan: AddressPlan, number: number): string {
  return `127.${plan.subnet}.${number}.1`;
}

/** The addresses pods of a node may have, in the order in which they are handed out. */
export function podAddresses(node: string): string[] {
  const prefix = node.slice(0, node.lastIndexOf("."));
  return Array.from({ length: maxPodsPerNode }, (_, index) => `${prefix}.${index + 2}`);
}

/**
 * Finds a subnet that no other cluster uses: etcd listens on a fixed port of its first address as long as the cluster
 * lives. Starting at random keeps clusters that start together apart.
 */
export async function freeAddressPlan(first = randomInt(1, 255)): Promise<AddressPlan> {
  for (let offset = 0; offset < 254; offset++) {
    const plan = addressPlan(1 + ((first - 1 + offset) % 254));
    if (await canListen(plan.controlPlane, ports.etcd)) return plan;
  }
  throw new Error(
    "all 254 loopback subnets are taken by other clusters: end one with `node hack/cluster/main.ts down`",
  );
}

async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer().listen({ host, port, exclusive: true });
  try {
    await once(server, "listening");
    return true;
  } catch (error) {
    if (isErrno(error, "EADDRINUSE")) return false;
    throw isErrno(error, "EADDRNOTAVAIL") ? new LoopbackError(host) : error;
  } finally {
    server.close();
  }
}

/** This system answers on 127.0.0.1 only. */
class LoopbackError extends Error {
  override name = "LoopbackError";
  constructor(address: string) {
    super(`cannot listen on ${address}: the local cluster needs all of 127.0.0.0/8 on loopback, as Linux has it`);
  }
}

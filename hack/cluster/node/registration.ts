import { arch, availableParallelism, hostname, machine, release, totalmem } from "node:os";
import type { Lease, Node, NodeCondition } from "../api/wire.ts";
import { ports } from "../network.ts";
import type { NodeConfiguration } from "./configuration.ts";
import { deviceLabels, simulatedDevices } from "./simulated-orin/devices.ts";

/** What a node needs to know of the machine that it really is. */
export interface Machine {
  cpuCores: number;
  memoryBytes: number;
  /** As Kubernetes names it: amd64 or arm64. */
  architecture: string;
  operatingSystem: string;
  kernel: string;
  osImage: string;
  hostname: string;
}

const architectures: Record<string, string> = { x64: "amd64" };
const maxPods = 110;

export function thisMachine(): Machine {
  return {
    cpuCores: availableParallelism(),
    memoryBytes: totalmem(),
    architecture: architectures[arch()] ?? arch(),
    operatingSystem: process.platform,
    kernel: release(),
    osImage: `process node on ${machine()}`,
    hostname: hostname(),
  };
}

/** What the node can give its pods: the simulated device's, if it is one, else the machine's own. */
export function nodeCapacity(configuration: NodeConfiguration, machine: Machine): Record<string, string> {
  const device = configuration.device && simulatedDevices[configuration.device];
  return {
    cpu: String(device?.cpuCores ?? machine.cpuCores),
    memory: device ? `${device.memoryMebibytes}Mi` : `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    "ephemeral-storage": "64Gi",
    pods: String(maxPods),
    ...(device && { "nvidia.com/gpu": "1" }),
  };
}

/** The Node as it registers itself. */
export function nodeObject(configuration: NodeConfiguration, machine: Machine, now: string): Node {
  const { name, taints } = configuration;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: nodeLabels(configuration, machine) },
    spec: { taints },
    status: nodeStatus(configuration, machine, now),
  };
}

export function nodeLabels({ name, device, labels }: NodeConfiguration, machine: Machine): Record<string, string> {
  return {
    "kubernetes.io/hostname": name,
    // The code runs natively, whatever device is simulated.
    "kubernetes.io/os": machine.operatingSystem,
    "kubernetes.io/arch": machine.architecture,
    ...(device && deviceLabels(device)),
    ...labels,
  };
}

export function nodeStatus(configuration: NodeConfiguration, machine: Machine, now: string): Node["status"] & object {
  const capacity = nodeCapacity(configuration, machine);
  return {
    capacity,
    allocatable: capacity,
    conditions: nodeConditions(now),
    addresses: [
      { type: "InternalIP", address: configuration.address },
      { type: "Hostname", address: configuration.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: ports.kubelet } },
    nodeInfo: {
      machineID: configuration.name,
      systemUUID: configuration.name,
      bootID: configuration.bootID,
      kernelVersion: machine.kernel,
      osImage: machine.osImage,
      containerRuntimeVersion: "process://1.0.0",
      kubeletVersion: configuration.kubernetesVersion,
      kubeProxyVersion: "",
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
    },
  };
}

/** A Node's Lease in kube-node-lease: the sign of life that the control plane reads. */
export function leaseObject(configuration: NodeConfiguration, nodeUid: string, now: string): Lease {
  const { name, heartbeat } = configuration;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: nodeUid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: heartbeat.leaseDurationSeconds, renewTime: now },
  };
}

function nodeConditions(now: string): NodeCondition[] {
  const healthy = [
    ["MemoryPressure", "KubeletHasSufficientMemory", "process node does not measure memory"],
    ["DiskPressure", "KubeletHasNoDiskPressure", "process node does not measure disks"],
    ["PIDPressure", "KubeletHasSufficientPID", "process node does not measure process ids"],
  ].map(([type, reason, message]) => ({ type: type!, status: "False", reason: reason!, message: message! }));
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "process node is ready" };
  return [...healthy, ready].map((each) => ({ ...each, lastHeartbeatTime: now, lastTransitionTime: now }));
}

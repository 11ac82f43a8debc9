/** A Jetson Orin module with JetPack 6.2, as its files and labels describe it. Nothing of it is real here. */
export interface SimulatedDevice {
  /** /proc/device-tree/model */
  model: string;
  /** /proc/device-tree/compatible, most specific first. */
  compatible: readonly string[];
  cpuCores: number;
  /** What Linux has of the module's memory. */
  memoryMebibytes: number;
  /** nvpmodel's modes by their number, which differs from board to board. */
  powerModes: readonly string[];
  /** The number of the mode that is set. */
  powerMode: number;
}

/** Numbers and names as NVIDIA's nvpmodel.conf of L4T r36.4 has them for each board. */
export const simulatedDevices = {
  "orin-nano": {
    model: "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super",
    compatible: ["nvidia,p3768-0000+p3767-0005-super", "nvidia,p3767-0005", "nvidia,tegra234"],
    cpuCores: 6,
    memoryMebibytes: 7620,
    powerModes: ["15W", "25W", "MAXN_SUPER", "7W"],
    powerMode: 2,
  },
  "orin-nx": {
    model: "NVIDIA Jetson Orin NX Engineering Reference Developer Kit Super",
    compatible: ["nvidia,p3768-0000+p3767-0000-super", "nvidia,p3767-0000", "nvidia,tegra234"],
    cpuCores: 8,
    memoryMebibytes: 15656,
    powerModes: ["MAXN_SUPER", "10W", "15W", "25W", "40W"],
    powerMode: 0,
  },
  "agx-orin": {
    model: "NVIDIA Jetson AGX Orin Developer Kit",
    compatible: ["nvidia,p3737-0000+p3701-0005", "nvidia,p3701-0005", "nvidia,tegra234"],
    cpuCores: 12,
    memoryMebibytes: 62841,
    powerModes: ["MAXN", "MODE_15W", "MODE_30W", "MODE_50W"],
    powerMode: 0,
  },
} as const satisfies Record<string, SimulatedDevice>;

export type DeviceName = keyof typeof simulatedDevices;
export const deviceNames = Object.keys(simulatedDevices) as DeviceName[];

/** The L4T release, TensorRT and CUDA compute capability that every simulated Orin claims to have. */
export const simulatedSoftware = {
  tegraRelease:
    "# R36 (release), REVISION: 4.4, GCID: 41062509, BOARD: generic, EABI: aarch64, DATE: Mon Jun 16 16:07:13 UTC 2025\n# KERNEL_VARIANT: oot\n",
  tensorRt: "10.3.0.30-1+cuda12.5",
  computeCapability: { major: 8, minor: 7 },
} as const;

/** The labels that GPU feature discovery gives an Orin, and one that says the truth. */
export function deviceLabels(name: DeviceName): Record<string, string> {
  const { memoryMebibytes } = simulatedDevices[name];
  const { major, minor } = simulatedSoftware.computeCapability;
  return {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.count": "1",
    "nvidia.com/gpu.family": "ampere",
    "nvidia.com/gpu.product": "Orin",
    "nvidia.com/gpu.memory": String(memoryMebibytes),
    "nvidia.com/gpu.compute.major": String(major),
    "nvidia.com/gpu.compute.minor": String(minor),
    "facefleet.dev/simulated": "true",
  };
}

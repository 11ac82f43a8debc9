import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type DeviceName, simulatedDevices, type SimulatedDevice, simulatedSoftware } from "./devices.ts";

/** Thermal zones of an Orin at rest, in thousandths of a degree Celsius. */
const thermalZones = { "cpu-thermal": 47_687, "gpu-thermal": 46_125, "soc1-thermal": 48_250, "tj-thermal": 48_625 };

/**
 * Every file by which a program recognizes the simulated device, by its path below the host root. The first says that
 * it is a simulation.
 */
export function simulatedHostFiles(name: DeviceName): Map<string, string> {
  const device: SimulatedDevice = simulatedDevices[name];
  return new Map([
    ["etc/facefleet-simulated-device", `This host root simulates "${device.model}". No such device is here.\n`],
    ["proc/device-tree/model", `${device.model}\0`],
    ["proc/device-tree/compatible", device.compatible.map((each) => `${each}\0`).join("")],
    ["proc/meminfo", memoryInfo(device)],
    ["etc/nv_tegra_release", simulatedSoftware.tegraRelease],
    ["etc/nvpmodel.conf", powerConfiguration(device)],
    ["var/lib/nvpmodel/status", `pmode:${String(device.powerMode).padStart(4, "0")}\n`],
    ["var/lib/dpkg/status", packageStatus()],
    ...Object.entries(thermalZones).flatMap(([type, temperature], index) => thermalZone(index, type, temperature)),
  ]);
}

/** Writes the simulated device below a host root. */
export async function writeSimulatedHost(hostRoot: string, name: DeviceName): Promise<void> {
  for (const [path, content] of simulatedHostFiles(name)) {
    const file = join(hostRoot, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

function memoryInfo({ memoryMebibytes }: SimulatedDevice): string {
  const total = memoryMebibytes * 1024;
  const lines = { MemTotal: total, MemFree: Math.round(total * 0.7), MemAvailable: Math.round(total * 0.8) };
  return Object.entries(lines)
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`)
    .join("");
}

function powerConfiguration({ powerModes, powerMode }: SimulatedDevice): string {
  const modes = powerModes.map((name, id) => `< POWER_MODEL ID=${id} NAME=${name} >\n`);
  return `${modes.join("")}\n< PM_CONFIG DEFAULT=${powerMode} >\n`;
}

function packageStatus(): string {
  const fields = {
    Package: "libnvinfer10",
    Status: "install ok installed",
    Architecture: "arm64",
    Version: simulatedSoftware.tensorRt,
    Description: "TensorRT runtime libraries",
  };
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("")}\n`;
}

function thermalZone(index: number, type: string, temperature: number): [string, string][] {
  const folder = `sys/devices/virtual/thermal/thermal_zone${index}`;
  return [
    [`${folder}/type`, `${type}\n`],
    [`${folder}/temp`, `${temperature}\n`],
  ];
}

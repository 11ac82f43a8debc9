import { describe, expect, test } from "@jest/globals";
import { deviceNames, simulatedDevices } from "./devices.ts";
import { simulatedHostFiles } from "./host-files.ts";

describe.each(deviceNames)("the files of %s", (name) => {
  const files = simulatedHostFiles(name);
  const device = simulatedDevices[name];

  test("say that they are a simulation", () => {
    expect(files.get("etc/facefleet-simulated-device")).toContain("simulates");
  });

  test("end device tree strings with NUL, as Linux does", () => {
    expect(files.get("proc/device-tree/model")).toBe(`${device.model}\0`);
    expect(files.get("proc/device-tree/compatible")?.split("\0")).toEqual([...device.compatible, ""]);
  });

  test("name a power mode that is set among those that the board has", () => {
    const id = Number(/^pmode:(\d{4})$/m.exec(files.get("var/lib/nvpmodel/status")!)?.[1]);
    expect(files.get("etc/nvpmodel.conf")).toContain(`< POWER_MODEL ID=${id} NAME=${device.powerModes[id]} >`);
  });

  test("name L4T r36.4 and TensorRT 10.3", () => {
    expect(files.get("etc/nv_tegra_release")).toMatch(
      /^# R36 \(release\), REVISION: 4\.\d, GCID: \d+, BOARD: \w+, EABI: aarch64, DATE: /,
    );
    expect(files.get("var/lib/dpkg/status")).toMatch(/^Package: libnvinfer10\n(.+\n)*Version: 10\.3\.0/);
  });

  test("tell memory in kilobytes and temperatures in thousandths of a degree", () => {
    const total = Number(/^MemTotal: +(\d+) kB$/m.exec(files.get("proc/meminfo")!)?.[1]);
    expect(total).toBe(device.memoryMebibytes * 1024);
    expect(Number(files.get("sys/devices/virtual/thermal/thermal_zone0/temp"))).toBeGreaterThan(20_000);
    expect(files.get("sys/devices/virtual/thermal/thermal_zone0/type")).toBe("cpu-thermal\n");
  });
});

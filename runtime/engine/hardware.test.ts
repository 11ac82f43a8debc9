import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { readHardware } from "./hardware.ts";
import {
  computeCapabilityOf,
  parseL4t,
  parseMemory,
  parseModel,
  parsePowerModes,
  parsePowerState,
  parseTensorRt,
  powerModeName,
} from "./jetson.ts";

test.each([
  ["# R36 (release), REVISION: 4.4, GCID: 41062509, BOARD: generic, EABI: aarch64, DATE: Mon Jun 16", "r36.4.4"],
  ["# R36 (release), REVISION: 5.0, GCID: 1, BOARD: generic", "r36.5.0"],
  ["# R39 (release), REVISION: 2, GCID: 1, BOARD: generic", "r39.2"],
  ["# KERNEL_VARIANT: oot\n# R35 (release), REVISION: 6.1, GCID: 1", "r35.6.1"],
  ["", undefined],
  ["Ubuntu 22.04", undefined],
])("the L4T release of %j is %s", (text, wanted) => {
  expect(parseL4t(text)).toBe(wanted);
});

const nano = `
< POWER_MODEL ID=0 NAME=15W >
CPU_ONLINE CORE_0 1
< POWER_MODEL ID=1 NAME=25W >
< POWER_MODEL ID=2 NAME=MAXN_SUPER >
< POWER_MODEL ID=3 NAME=7W >
< PM_CONFIG DEFAULT=1 >
`;

describe("the power mode", () => {
  test.each([
    ["what nvpmodel -q prints", "NV Power Mode: MAXN_SUPER\n2\n", { name: "MAXN_SUPER" }],
    ["the status file", "pmode:0002 fmode:fanNull\n", { id: 2 }],
    ["the status file of another board", "pmode:0000\n", { id: 0 }],
    ["nothing", "", undefined],
  ])("is told by %s", (_, text, wanted) => {
    expect(parsePowerState(text)).toEqual(wanted);
  });

  test.each([
    ["by its name", { name: "MODE_30W" }, "MODE_30W"],
    ["by its number on this board", { id: 2 }, "MAXN_SUPER"],
    ["that was never switched, as the one the board starts in", undefined, "25W"],
    ["unknown to the board's table, by its number", { id: 9 }, "mode-9"],
  ])("is named %s", (_, state, wanted) => {
    expect(powerModeName(parsePowerModes(nano), state)).toBe(wanted);
  });

  test("of a machine without modes is none", () => {
    expect(powerModeName(parsePowerModes(""), undefined)).toBeUndefined();
  });
});

const packages = (status: string, name = "libnvinfer10") =>
  `Package: base-files
Status: install ok installed
Version: 12

Package: ${name}
Status: ${status}
Priority: optional
Version: 10.3.0.30-1+cuda12.5
Description: TensorRT
 runtime libraries

Package: zlib1g
Status: install ok installed
Version: 1:1.2.11
`;

test.each([
  ["an installed package", packages("install ok installed"), "10.3.0.30"],
  ["a removed package", packages("deinstall ok config-files"), undefined],
  ["its plugin package alone", packages("install ok installed", "libnvinfer-plugin10"), undefined],
  ["an older major version", packages("install ok installed", "libnvinfer8"), "10.3.0.30"],
  ["no package", "", undefined],
])("the TensorRT version of %s is %s", (_, text, wanted) => {
  expect(parseTensorRt(text)).toBe(wanted);
});

test.each([
  ["NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", "8.7"],
  ["NVIDIA Jetson AGX Orin Developer Kit", "8.7"],
  ["NVIDIA Jetson AGX Thor Developer Kit", "11.0"],
  ["NVIDIA Jetson Xavier NX Developer Kit", "7.2"],
  ["NVIDIA Jetson Nano Developer Kit", "5.3"],
  ["Raspberry Pi 5 Model B", undefined],
])("the compute capability of %s is %s", (model, wanted) => {
  expect(computeCapabilityOf(model)).toBe(wanted);
});

test("a device tree model ends before its zero byte, and memory is in bytes", () => {
  expect(parseModel("NVIDIA Jetson AGX Orin Developer Kit\0")).toBe("NVIDIA Jetson AGX Orin Developer Kit");
  expect(parseModel("\0")).toBeUndefined();
  expect(parseMemory("MemTotal:        7802828 kB\nMemFree: 1 kB\n")).toBe(7802828 * 1024);
  expect(parseMemory("")).toBeUndefined();
});

describe("hardware below a host root", () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "host-"))));
  afterEach(() => rm(root, { recursive: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  test("is what its files say", async () => {
    await write("proc/device-tree/model", "NVIDIA Jetson Orin NX Engineering Reference Developer Kit Super\0");
    await write("etc/nv_tegra_release", "# R36 (release), REVISION: 4.4, GCID: 41062509");
    await write("etc/nvpmodel.conf", nano);
    await write("var/lib/nvpmodel/status", "pmode:0003\n");
    await write("var/lib/dpkg/status", packages("install ok installed"));
    await write("proc/meminfo", "MemTotal: 16000000 kB\n");
    expect(await readHardware(root, "1.30.0")).toEqual({
      module: "NVIDIA Jetson Orin NX Engineering Reference Developer Kit Super",
      architecture: arch(),
      l4t: "r36.4.4",
      tensorrt: "10.3.0.30",
      computeCapability: "8.7",
      powerMode: "7W",
      memoryBytes: 16000000 * 1024,
      onnxruntime: "1.30.0",
    });
  });

  test("that is empty is that of a plain machine", async () => {
    const hardware = { architecture: arch(), memoryBytes: totalmem(), onnxruntime: "1.30.0" };
    expect(await readHardware(root, "1.30.0")).toEqual(hardware);
  });

  test("takes the device tree where /proc has none", async () => {
    await write("sys/firmware/devicetree/base/model", "NVIDIA Jetson AGX Orin Developer Kit\0");
    expect(await readHardware(root, "1")).toMatchObject({ module: "NVIDIA Jetson AGX Orin Developer Kit" });
  });
});

import { open } from "node:fs/promises";
import { arch, totalmem } from "node:os";
import { join } from "node:path";
import type { Hardware } from "../../crds/enginebuild.ts";
import { isErrno } from "./errors.ts";
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

const mostBytes = 16 * 1024 * 1024;

/**
 * What a node is, by the files below `hostRoot`: the node's own root, or a folder in which a simulated node presents
 * another device. What is not there is left out; the processor is that of this process.
 */
export async function readHardware(hostRoot: string, onnxruntime: string): Promise<Hardware> {
  const read = (...paths: string[]) => readFirst(hostRoot, paths);
  const module = parseModel(await read("proc/device-tree/model", "sys/firmware/devicetree/base/model"));
  const powerModes = parsePowerModes(await read("etc/nvpmodel.conf"));
  const powerState = parsePowerState(await read("var/lib/nvpmodel/status"));
  return present({
    module,
    architecture: arch(),
    l4t: parseL4t(await read("etc/nv_tegra_release")),
    tensorrt: parseTensorRt(await read("var/lib/dpkg/status")),
    computeCapability: module && computeCapabilityOf(module),
    powerMode: powerModeName(powerModes, powerState),
    memoryBytes: parseMemory(await read("proc/meminfo")) ?? totalmem(),
    onnxruntime,
  });
}

/** Text of the first of some files that is there; empty when none is. */
async function readFirst(root: string, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const text = await readBounded(join(root, path)).catch((error: unknown) => {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return undefined;
      throw error;
    });
    if (text !== undefined) return text;
  }
  return "";
}

/** At most the first 16 MiB: files below /proc have no size, and a device's files are not ours to trust. */
async function readBounded(path: string): Promise<string> {
  await using file = await open(path, "r");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, end: mostBytes - 1 })) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

function present<Facts extends object>(facts: Facts): { [K in keyof Facts]?: NonNullable<Facts[K]> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never;
}

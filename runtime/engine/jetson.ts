/** Readers of what a Jetson tells about itself. Each takes a file's text and gives undefined when it is not there. */

/** "# R36 (release), REVISION: 4.4, GCID: ..." of /etc/nv_tegra_release as "r36.4.4". */
export function parseL4t(text: string): string | undefined {
  const [, major, revision] = /^#\s*R(\d+)\s*\(release\),\s*REVISION:\s*(\d+(?:\.\d+)*)/m.exec(text) ?? [];
  return major === undefined ? undefined : `r${major}.${revision}`;
}

/** The model of the device tree, which ends in a zero byte. */
export function parseModel(text: string): string | undefined {
  const model = text.replaceAll("\0", "").trim();
  return model === "" ? undefined : model;
}

/** Names of power modes by their numbers, which differ per board, and the mode a board starts in. */
export interface PowerModes {
  readonly names: ReadonlyMap<number, string>;
  readonly initial?: number;
}

/** "< POWER_MODEL ID=2 NAME=MAXN_SUPER >" and "< PM_CONFIG DEFAULT=2 >" of /etc/nvpmodel.conf. */
export function parsePowerModes(text: string): PowerModes {
  const names = [...text.matchAll(/^\s*<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)\s*>/gm)].map(
    ([, id, name]) => [Number(id), name!] as const,
  );
  const initial = /^\s*<\s*PM_CONFIG\s+DEFAULT=(\d+)/m.exec(text)?.[1];
  return { names: new Map(names), ...(initial !== undefined && { initial: Number(initial) }) };
}

/** The mode that is on: by name where it was told, else by number. */
export type PowerState = { readonly name: string } | { readonly id: number };

/**
 * The mode that is on, in either form it is told in: "pmode:0002 fmode:..." of /var/lib/nvpmodel/status, or the two
 * lines "NV Power Mode: MAXN_SUPER" and "2" of `nvpmodel -q`.
 */
export function parsePowerState(text: string): PowerState | undefined {
  const name = /^NV Power Mode:\s*(\S+)/m.exec(text)?.[1];
  if (name !== undefined) return { name };
  const id = /\bpmode:(\d+)/.exec(text)?.[1];
  return id === undefined ? undefined : { id: Number(id) };
}

/** Name of the power mode that is on; the board's initial one where nothing was ever switched. */
export function powerModeName(modes: PowerModes, state: PowerState | undefined): string | undefined {
  if (state !== undefined && "name" in state) return state.name;
  const id = state?.id ?? modes.initial;
  return id === undefined ? undefined : (modes.names.get(id) ?? `mode-${id}`);
}

/** Version of the installed libnvinfer in /var/lib/dpkg/status, without epoch and packaging: "10.3.0.30". */
export function parseTensorRt(text: string): string | undefined {
  const stanzas = text.matchAll(/^Package: libnvinfer\d+\n(?:.+\n)*/gm);
  for (const [stanza] of stanzas) {
    const version = /^Version:\s*(?:\d+:)?(\d+(?:\.\d+)+)/m.exec(stanza)?.[1];
    if (version !== undefined && /^Status:.*\binstalled$/m.test(stanza)) return version;
  }
  return undefined;
}

/** "MemTotal:  7802828 kB" of /proc/meminfo in bytes. */
export function parseMemory(text: string): number | undefined {
  const kibibytes = /^MemTotal:\s*(\d+)\s*kB/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Compute capabilities by what a module's device tree model says. Source: NVIDIA, CUDA GPUs, Jetson. */
const computeCapabilities: readonly (readonly [RegExp, string])[] = [
  [/\bThor\b/i, "11.0"],
  [/\bOrin\b/i, "8.7"],
  [/\bXavier\b/i, "7.2"],
  [/\bTX2\b/i, "6.2"],
  [/\bTX1\b|\bJetson Nano\b/i, "5.3"],
];

/** Compute capability of a module's GPU, such as "8.7"; undefined for what is no Jetson. */
export function computeCapabilityOf(model: string): string | undefined {
  return computeCapabilities.find(([pattern]) => pattern.test(model))?.[1];
}

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";
import { type BinaryName, binaryNames, type Release } from "./release.ts";

/** How long the publisher may take to answer the first, small request before it counts as out of reach. */
const reachMilliseconds = 4_000;
const progressMilliseconds = 3_000;

/** One published file and where its SHA-256 is published. */
export interface Download {
  url: string;
  checksums: string;
  /** Set if the program lies within a gzipped tar archive: its path there. */
  member?: string;
}

export interface Platform {
  os: NodeJS.Platform;
  arch: NodeJS.Architecture;
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

/** Where the publishers keep a program, or undefined if they build none for this platform. */
export function downloadOf(name: BinaryName, release: Release, platform: Platform): Download | undefined {
  const arch = architectures[platform.arch];
  if (platform.os !== "linux" || arch === undefined) return undefined;
  if (name === "etcd") {
    const base = `https://github.com/etcd-io/etcd/releases/download/${release.etcd}`;
    const folder = `etcd-${release.etcd}-linux-${arch}`;
    return { url: `${base}/${folder}.tar.gz`, checksums: `${base}/SHA256SUMS`, member: `${folder}/etcd` };
  }
  const url = `https://dl.k8s.io/release/${release.kubernetes}/bin/linux/${arch}/${name}`;
  return { url, checksums: `${url}.sha256` };
}

/** The SHA-256 of a file as a checksum file gives it: either the digest alone, or lines of `digest  name`. */
export function publishedDigest(checksums: string, url: string): string {
  const file = url.slice(url.lastIndexOf("/") + 1);
  const lines = checksums.trim().split("\n");
  const line = lines.length === 1 ? lines[0] : lines.find((each) => each.trim().endsWith(file));
  const digest = line?.trim().split(/\s+/)[0]?.toLowerCase();
  if (digest === undefined || !/^[0-9a-f]{64}$/.test(digest)) throw new Error(`no SHA-256 is published for ${url}`);
  return digest;
}

/** Every program's download, or undefined if one of them is not published for the platform. */
export function downloadsOf(release: Release, platform: Platform): Map<string, Download> | undefined {
  const downloads = binaryNames.map((name) => [name, downloadOf(name, release, platform)] as const);
  const published = downloads.filter((each): each is [BinaryName, Download] => each[1] !== undefined);
  return published.length === downloads.length ? new Map(published) : undefined;
}

export interface DownloadOptions {
  downloads: ReadonlyMap<string, Download>;
  /** Receives one file a program. */
  directory: string;
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Downloads programs and checks each file against its published SHA-256.
 * @returns false, quickly, if the publisher is out of reach.
 * @throws if a file differs from its published digest.
 */
export async function downloadBinaries(options: DownloadOptions): Promise<boolean> {
  const downloads = [...options.downloads];
  const digests = await Promise.all(downloads.map(async ([, download]) => reach(download, options.signal)));
  if (digests.includes(undefined)) return false;
  for (const [index, [name, download]] of downloads.entries())
    await fetchBinary(name, download, digests[index]!, options);
  return true;
}

async function reach(download: Download, signal?: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(reachMilliseconds);
  try {
    const response = await fetch(download.checksums, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    return response.ok ? publishedDigest(await response.text(), download.url) : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

async function fetchBinary(name: string, download: Download, digest: string, options: DownloadOptions) {
  const partial = join(options.directory, `${name}.partial`);
  const response = await fetch(download.url, options.signal ? { signal: options.signal } : {});
  if (!response.ok || !response.body) throw new Error(`${download.url} answered ${response.status}`);
  const body = Readable.fromWeb(response.body);
  reportProgress(name, body, Number(response.headers.get("content-length")), options.onProgress);
  await pipeline(body, createWriteStream(partial));
  const actual = await sha256(partial);
  if (actual !== digest) throw new Error(`${download.url} has SHA-256 ${actual}, but ${digest} is published`);
  await install(partial, join(options.directory, name), download.member);
}

function reportProgress(name: string, body: Readable, total: number, onProgress: (line: string) => void) {
  let received = 0;
  const report = () => onProgress(`downloading ${name}: ${megabytes(received)} of ${megabytes(total)}`);
  const ticker = setInterval(report, progressMilliseconds);
  body.on("data", (chunk: Buffer) => (received += chunk.length));
  body.once("close", () => clearInterval(ticker));
  report();
}

async function install(file: string, destination: string, member?: string): Promise<void> {
  if (member === undefined) await rename(file, destination);
  else {
    await extract({ file, cwd: join(destination, ".."), strip: 1 }, [member]);
    await rm(file);
  }
  await chmod(destination, 0o755);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return bytes > 0 ? `${(bytes / 1e6).toFixed(0)} MB` : "an unknown size";
}

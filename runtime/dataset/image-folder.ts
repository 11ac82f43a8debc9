import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { DatasetError, type Dataset, type LabelledPicture } from "./dataset.ts";

const metadataFile = "metadata.jsonl";
const mostMetadataBytes = 64 * 1024 * 1024;
const pictures = /\.(jpe?g|png|webp)$/i;

const Label = z.union([z.string().min(1).max(253), z.int()]).transform(String);
const Row = z.object({
  file_name: z.string().min(1).max(1024),
  identity: Label.optional(),
  expression: Label.optional(),
  subgroup: Label.optional(),
});

/**
 * Reads an image folder: pictures with a metadata.jsonl that labels each by file_name, identity, expression and
 * subgroup; without that file the folder that a picture lies in is the identity. A single folder at the top that holds
 * the metadata is entered.
 *
 * Source: Hugging Face Datasets, "Create an image dataset", ImageFolder with metadata.
 * @throws DatasetError that names the line and no picture: a name may be a person's.
 */
export async function readImageFolder(folder: string): Promise<Dataset> {
  const directory = await findTop(folder);
  const metadata = await readMetadata(join(directory, metadataFile));
  const found = await listPictures(directory);
  if (found.length === 0) throw new DatasetError("the set holds no JPEG, PNG or WebP picture");
  const labelled =
    metadata === undefined ? found.map((name) => byFolder(directory, name)) : byRows(directory, metadata, found);
  return { directory, pictures: labelled };
}

async function findTop(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const [only] = names;
  if (only === undefined || names.length > 1) return folder;
  const inside = await stat(join(folder, only, metadataFile)).catch(() => undefined);
  return inside?.isFile() === true ? join(folder, only) : folder;
}

async function listPictures(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && pictures.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

function byFolder(directory: string, name: string): LabelledPicture {
  const identity = name.split("/").at(-2);
  return { name, path: join(directory, name), ...(identity !== undefined && { identity }) };
}

/** A row and its line, counted from 1. */
type Row = z.infer<typeof Row> & { readonly line: number };

function byRows(directory: string, rows: ReadonlyMap<string, Row>, found: readonly string[]): LabelledPicture[] {
  const there = new Set(found);
  const missing = [...rows.values()].find(({ file_name }) => !there.has(file_name));
  if (missing !== undefined) {
    throw new DatasetError(`${metadataFile} line ${missing.line}: file_name is no picture of the set`);
  }
  return [...rows].map(([name, { identity, expression, subgroup }]) => ({
    name,
    path: join(directory, name),
    ...(identity !== undefined && { identity }),
    ...(expression !== undefined && { expression }),
    ...(subgroup !== undefined && { subgroup }),
  }));
}

async function readMetadata(path: string): Promise<Map<string, Row> | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.size > mostMetadataBytes)
    throw new DatasetError(`${metadataFile} has more than ${mostMetadataBytes} bytes`);
  const rows = new Map<string, Row>();
  for (const [index, line] of (await readFile(path, "utf8")).split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = Row.safeParse(parseJson(line));
    if (!row.success) throw new DatasetError(`${metadataFile} line ${index + 1}: ${z.prettifyError(row.error)}`);
    if (rows.has(row.data.file_name)) {
      throw new DatasetError(`${metadataFile} line ${index + 1}: file_name was there before`);
    }
    rows.set(row.data.file_name, { ...row.data, line: index + 1 });
  }
  return rows;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EngineBuild, type EngineBuildSpec } from "../../crds/enginebuild.ts";

/** A recipe that cannot be read. The message names the file or field and the remedy. */
class BadRecipe extends Error {
  override readonly name = "BadRecipe";
}

/** Reads a recipe: the spec of an EngineBuild as JSON. @throws BadRecipe */
export async function readRecipe(path: string): Promise<EngineBuildSpec> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new BadRecipe(`--recipe ${path} cannot be read: mount the EngineBuild's spec there`, { cause: error });
  });
  const spec = EngineBuild.spec.safeParse(parseJson(path, text));
  if (spec.success) return spec.data;
  throw new BadRecipe(`--recipe ${path} is no spec of an EngineBuild: ${z.prettifyError(spec.error)}`);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRecipe(`--recipe ${path} is not JSON`, { cause: error });
  }
}

import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder in which FaceFleet keeps what is costly to make again: `$FACEFLEET_CACHE`, else
 * `$XDG_CACHE_HOME/facefleet`, else `~/.cache/facefleet`. It is not created here.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { FACEFLEET_CACHE, XDG_CACHE_HOME } = environment;
  if (FACEFLEET_CACHE) return FACEFLEET_CACHE;
  return XDG_CACHE_HOME ? join(XDG_CACHE_HOME, "facefleet") : join(homedir(), ".cache", "facefleet");
}

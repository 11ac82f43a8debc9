import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../../package.json") as { version: string };

/** Version of this program, as its package says. */
export const runtimeVersion = manifest.version;

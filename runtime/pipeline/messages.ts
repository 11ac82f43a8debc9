import type { EngineErrorReason } from "../engine/errors.ts";
import type { Manifest } from "../engine/manifest.ts";
import type { RgbImage } from "../faces/image.ts";
import type { Analysis, Want } from "./analysis.ts";

/** What the worker of a slot is started with. */
export interface SlotTask {
  directory: string;
  threads: number;
}

/** To the worker. */
export type Request = { type: "Analyze"; id: number; image: RgbImage; want: Want } | { type: "Close" };

/** From the worker. Refused ends a load, Failed ends the worker. */
export type Reply =
  | { type: "Ready"; manifest: Manifest }
  | { type: "Refused"; message: string; reason?: EngineErrorReason }
  | { type: "Analyzed"; id: number; analysis: Analysis }
  | { type: "Failed"; message: string };

import type { CameraStreamSpec } from "../../../crds/camerastream.ts";
import { readFolder } from "./folder.ts";
import { httpSource } from "./http.ts";

/** A picture as it came from a camera, still encoded. `capturedAt` is in milliseconds since the epoch. */
export interface EncodedFrame {
  bytes: Uint8Array;
  capturedAt: number;
}

/** User and password of a camera. Never logged. */
export interface Credentials {
  username: string;
  password: string;
}

export type SourceState = { state: "Streaming" | "Connecting" | "Failed"; message?: string };

/** What a source works with. */
export interface SourceOptions {
  url: string;
  framesPerSecond: number;
  /** Asked at every connection, so that a Secret may change; undefined when it is not mounted. Absent: none needed. */
  credentials?: () => Promise<Credentials | undefined>;
  /** Told whatever is true now, again and again. */
  onState: (state: SourceState) => void;
  signal: AbortSignal;
}

/** Frames for as long as `signal` lets them come: a source comes back by itself from whatever a camera does. */
export type Source = (options: SourceOptions) => AsyncIterable<EncodedFrame>;

/** Sources by the type of a CameraStream. What this build cannot read says so in the camera's state. */
export const sources: Record<CameraStreamSpec["source"]["type"], Source> = {
  HTTP: httpSource(),
  File: readFolder,
  RTSP: unsupported("RTSP needs a decoder that this build has not: use the camera's HTTP (multipart JPEG) address"),
  USB: unsupported("USB needs a decoder that this build has not: use a source of type HTTP or File"),
};

function unsupported(message: string): Source {
  return async function* refuse({ onState }) {
    onState({ state: "Failed", message });
    yield* await Promise.resolve([]);
  };
}

import type { Box } from "../faces/geometry.ts";

/** Who a track is: an enrolled person's pseudonym, or nobody who is enrolled. */
export type Identity = { known: true; person: string; distance: number } | { known: false };

/** How a track looks, with the network's probability in [0, 1]. */
export interface Expression {
  label: string;
  probability: number;
}

/** What happened to a track. */
export type Happening =
  | { type: "identified"; identity: Identity }
  | { type: "expression"; expression: Expression }
  | { type: "ended"; frames: number; seconds: number; identity?: Identity; expression?: Expression };

/** Where and by what a happening was seen. Times are milliseconds since the epoch. */
export interface Sighting {
  camera: string;
  track: string;
  /** When the frame was captured. */
  time: number;
  /** Where the face was, in pixels of a frame of this size. */
  box: Box;
  frame: { width: number; height: number };
  revision: string;
  engineKey: string;
  galleryVersion?: string;
}

/** What happened, and where. */
export interface Occurrence {
  sighting: Sighting;
  happening: Happening;
}

/** Whose events they are. */
export interface Origin {
  namespace: string;
  node: string;
}

/** Tells an event from all others of its node. */
export interface EventNumber {
  /** Counts the events that an outbox accepted, from 1. */
  sequence: number;
  /** Names the outbox: a node that lost its disk begins another. */
  outbox: string;
}

/**
 * A CloudEvent 1.0 in structured JSON: who or how, on which camera, by which revision, engine and gallery version;
 * never a picture, a template or a name. `source` and `id` together are unique, so a receiver can drop repeats; the
 * extension `sequence` has a receiver see gaps. Written out here, since the CloudEvents SDK would cost every node 17 MB
 * of memory; the tests hold it against the SDK. Source: CloudEvents 1.0.2, JSON event format.
 */
export function writeEvent(
  { sequence, outbox }: EventNumber,
  { namespace, node }: Origin,
  { sighting, happening }: Occurrence,
): string {
  const { camera, track, time, box, frame, revision, engineKey, galleryVersion } = sighting;
  const { type, ...what } = happening;
  return JSON.stringify({
    specversion: "1.0",
    id: `${outbox}-${sequence}`,
    source: `/facefleet/${namespace}/${node}/${camera}`,
    type: `dev.facefleet.track.${type}`,
    subject: track,
    time: new Date(time).toISOString(),
    datacontenttype: "application/json",
    sequence: String(sequence),
    data: {
      camera,
      track,
      ...what,
      box: roundBox(box),
      frame,
      revision,
      engineKey,
      ...(galleryVersion !== undefined && { galleryVersion }),
    },
  });
}

function roundBox({ x, y, width, height }: Box): Box {
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}

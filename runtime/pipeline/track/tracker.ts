import { centerOf, overlap, type Box } from "../../faces/geometry.ts";

/** One face over time. `id` is unique over restarts; times are in milliseconds of one clock that never steps back. */
export interface Track {
  readonly id: string;
  readonly firstSeen: number;
  lastSeen: number;
  frames: number;
  box: Box;
}

export interface TrackerOptions {
  /** How long a face may be out of sight, in milliseconds, before its track ends. */
  patience: number;
  /** Largest distance between centers of one face in consecutive frames, in units of its box's mean side. */
  reach: number;
  newId: () => string;
}

export interface TrackerUpdate {
  /** The track of each box, in the order of the boxes. */
  tracks: Track[];
  /** Tracks that ended before this frame. */
  ended: Track[];
}

export interface Tracker {
  update(boxes: readonly Box[], time: number): TrackerUpdate;
  /** Ends tracks out of sight for longer than the patience, when no frame comes to do so. */
  expire(time: number): Track[];
}

/**
 * Follows faces by greedy matching of boxes, best overlap first, then nearest centers: at the few frames a second of an
 * edge device a face moves by a good part of its own size, and boxes of one person may not overlap at all.
 * Source: Bochinski et al., "High-speed tracking-by-detection without using image information", AVSS 2017, extended by
 * the distance of centers.
 */
export function createTracker({ patience, reach, newId }: TrackerOptions): Tracker {
  let live: Track[] = [];

  function expire(time: number): Track[] {
    const ended = live.filter((track) => time - track.lastSeen > patience);
    live = live.filter((track) => !ended.includes(track));
    return ended;
  }

  function update(boxes: readonly Box[], time: number): TrackerUpdate {
    const ended = expire(time);
    const matched = match(live, boxes, reach);
    const tracks = boxes.map((box, index) => {
      const track = matched.get(index) ?? { id: newId(), firstSeen: time, lastSeen: time, frames: 0, box };
      Object.assign(track, { lastSeen: time, frames: track.frames + 1, box });
      return track;
    });
    live = [...live.filter((track) => !tracks.includes(track)), ...tracks];
    return { tracks, ended };
  }

  return { update, expire };
}

function match(tracks: readonly Track[], boxes: readonly Box[], reach: number): Map<number, Track> {
  const pairs = tracks.flatMap((track) =>
    boxes.map((box, index) => ({ track, index, affinity: affinityOf(track.box, box, reach) })),
  );
  const matched = new Map<number, Track>();
  const taken = new Set<Track>();
  for (const { track, index, affinity } of pairs.toSorted((a, b) => b.affinity - a.affinity)) {
    if (affinity <= 0) break;
    if (taken.has(track) || matched.has(index)) continue;
    matched.set(index, track);
    taken.add(track);
  }
  return matched;
}

/** In (1, 2] for boxes that overlap, in (0, 1] for centers within reach, 0 for boxes of different faces. */
function affinityOf(a: Box, b: Box, reach: number): number {
  const shared = overlap(a, b);
  if (shared > 0.1) return 1 + shared;
  const side = (a.width + a.height + b.width + b.height) / 4;
  const [from, to] = [centerOf(a), centerOf(b)];
  const distance = Math.hypot(from.x - to.x, from.y - to.y) / side;
  const similarSize = Math.max(a.width / b.width, b.width / a.width) < 1.8;
  return similarSize && distance < reach ? 1 - distance / reach : 0;
}

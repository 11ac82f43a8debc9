import type { CameraServer } from "../people/people.ts";
import type { TrackEvent } from "./hub.ts";

/** Right answers of all that were asked for. */
export interface Share {
  right: number;
  of: number;
}

/** How right the events were, against what was drawn. */
export interface Accuracy {
  /** Tracks of enrolled people before the clean cameras that ended with the right person. */
  identity: Share;
  /** Expressions said of those people that were the ones drawn. */
  expression: Share;
}

/** Pseudonym in the gallery by name in the drawings. */
const ids: Readonly<Record<string, string>> = { amara: "p-0101", bruno: "p-0102", chen: "p-0103", dalia: "p-0104" };
const cleanCameras = new Set(["entrance", "lobby"]);
/** Frames below which nobody could say who a track is. */
const fewestFrames = 3;
/** Seconds by which an expression may be said late: it has to last before it is said. */
const delay = 1;

/** Judges events of the clean cameras by the truth of the frames that they speak of. */
export function judgeEvents(events: readonly TrackEvent[], cameras: CameraServer): Accuracy {
  const seen = events.filter(({ data }) => cleanCameras.has(data.camera));
  const tracks = seen.flatMap((event) => {
    const isWhole = event.type.endsWith(".ended") && (event.data.frames ?? 0) >= fewestFrames;
    const person = isWhole ? enrolledAt(event, cameras, 0) : undefined;
    return person === undefined ? [] : [event.data.identity?.person === ids[person.person]];
  });
  const looks = seen.flatMap((event) => {
    if (!event.type.endsWith(".expression")) return [];
    const truths = [0, delay].flatMap((seconds) => enrolledAt(event, cameras, seconds)?.expression ?? []);
    return truths.length === 0 ? [] : [truths.includes(event.data.expression!.label as never)];
  });
  return { identity: share(tracks), expression: share(looks) };
}

/** The enrolled person whose face was drawn where the event saw one, `secondsAgo` before it. */
function enrolledAt({ time, data }: TrackEvent, cameras: CameraServer, secondsAgo: number) {
  const truth = cameras.truthAt(data.camera, new Date(Date.parse(time) - secondsAgo * 1000));
  const center = { x: data.box.x + data.box.width / 2, y: data.box.y + data.box.height / 2 };
  return truth.people.find(
    ({ person, box }) =>
      ids[person] !== undefined &&
      center.x > box.x &&
      center.x < box.x + box.width &&
      center.y > box.y &&
      center.y < box.y + box.height,
  );
}

function share(answers: readonly boolean[]): Share {
  return { right: answers.filter(Boolean).length, of: answers.length };
}

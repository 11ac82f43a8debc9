import { type Happening, type Sighting, writeEvent } from "../../../runtime/events/event.ts";
import { code, generatedFrom, page, table } from "./markdown.ts";

type Field = Exclude<keyof Sighting, "time"> | Exclude<FieldsOf<Happening>, "type">;
type FieldsOf<Each> = Each extends unknown ? keyof Each : never;

/** What each field of `data` means. */
export const dataFields: Readonly<Record<Field, string>> = {
  camera: "Name of the CameraStream.",
  track: "The person in view, from coming to leaving; also the event's `subject`. Says nothing of who it is.",
  identity:
    "`{known: true, person, distance}` for an enrolled person, by the pseudonym in the FaceGallery, or `{known: false}`. Absent where nobody may be recognized, and before three frames were seen.",
  expression:
    "`{label, probability}`: the network's label and its probability in [0, 1]. Absent where it may not be read, and while none has reached the threshold.",
  frames: "Frames in which the track was seen.",
  seconds: "From the first of them to the last.",
  box: "Where the face was, in pixels of the frame: `{x, y, width, height}`.",
  frame: "Size of the frame, in pixels: `{width, height}`.",
  revision: "Revision of the FaceModel that looked.",
  engineKey: "Key of its engines in the node's store.",
  galleryVersion: "Version of the gallery that was compared with. Absent where there is none.",
};

const sighting: Sighting = {
  camera: "entrance",
  track: "0f3a9c1e-5b7d-4e21-9a60-2c8f4d13b7e5",
  time: Date.UTC(2026, 0, 5, 8, 30, 12, 345),
  box: { x: 412, y: 170, width: 96, height: 96 },
  frame: { width: 1280, height: 720 },
  revision: "x8k2m4p6q1",
  engineKey: "5d1f0c6b7a92e4083bc19d76",
  galleryVersion: "7c1d20ab94e3",
};
const identity = { known: true, person: "p-1042", distance: 0.31 } as const;
const expression = { label: "happy", probability: 0.82 };

/** Every type of event: when it is told, and one that happens. */
export const eventTypes: {
  readonly [Type in Happening["type"]]: { when: string; happening: Extract<Happening, { type: Type }> };
} = {
  identified: {
    when: "Who a track is has become clear, and whenever that changes",
    happening: { type: "identified", identity },
  },
  expression: {
    when: "An expression has led for two frames and reached the network's threshold, and whenever it changes",
    happening: { type: "expression", expression },
  },
  ended: {
    when: "A track has been out of sight for 1.5 seconds, or its camera is no longer read",
    happening: { type: "ended", frames: 57, seconds: 5.6, identity, expression },
  },
};

/** An event as the runtime writes it. */
export function exampleEvent(type: Happening["type"]): Record<string, unknown> {
  const { happening } = eventTypes[type];
  const number = { sequence: 4711, outbox: "9b2e71d04c6a" };
  return JSON.parse(writeEvent(number, { namespace: "facefleet", node: "orin-1" }, { sighting, happening })) as Record<
    string,
    unknown
  >;
}

/** The page of all CloudEvents. */
export function cloudEventsPage(): string {
  const types = Object.keys(eventTypes) as Happening["type"][];
  return page([
    generatedFrom("runtime/events/event.ts"),
    "# CloudEvents",
    "What the runtime tells of tracks, to the `sinks` of a CameraStream: CloudEvents 1.0 in structured JSON, to stdout one a line, to HTTP one a POST (`application/cloudevents+json`). No event carries a picture, a template or a name.",
    table(
      ["Type", "Told when"],
      types.map((type) => [code(`dev.facefleet.track.${type}`), `${eventTypes[type].when}.`]),
    ),
    "An event is on the node's disk before it counts as accepted, and is delivered in order and at least once: `source` and `id` together tell a repeat. `sequence` grows by one with every event that a node accepts, each sink counting: the only receiver of a node sees a gap where events were given up. An answer below 300 takes an event; 4xx refuses it for good, other than 401, 403, 404, 408, 425 and 429, which are tried again as 3xx, 5xx and no answer within 10 seconds are; up to 100,000 wait on the disk.",
    "## Fields of data",
    table(
      ["Field", ...types.map(code), "Meaning"],
      Object.entries(dataFields).map(([field, meaning]) => [code(field), ...types.map(has(field)), meaning]),
    ),
    ...types.flatMap((type) => [
      `## dev.facefleet.track.${type}`,
      `\`\`\`json\n${JSON.stringify(exampleEvent(type), undefined, 2)}\n\`\`\``,
    ]),
  ]);
}

function has(field: string) {
  return (type: Happening["type"]): string => (Object.hasOwn(exampleEvent(type).data as object, field) ? "✓" : "");
}

import type { OpenNetwork } from "../engine/open-network.ts";
import { cropBox, cropPoints, letterbox, type CropRule } from "../faces/crop.ts";
import type { Composition } from "../faces/composition.ts";
import { decodeBoxes } from "../faces/decode/boxes.ts";
import type { DetectedFace } from "../faces/decode/detected-face.ts";
import { boundsOf, centerOf, isWithin, type Box, type FivePoints, type Region } from "../faces/geometry.ts";
import type { RgbImage } from "../faces/image.ts";
import { scaleOf, transform, type Similarity } from "../faces/similarity.ts";
import { probabilitiesOf } from "../faces/softmax.ts";
import type { Expression, FaceObservation, Want } from "./analysis.ts";

/** The open networks of a model by name, and what each is for. */
export interface Slot {
  readonly networks: ReadonlyMap<string, OpenNetwork>;
  readonly composition: Composition;
}

/** Faces of a picture by falling score, with what is wanted about each and nothing else. */
export async function lookAt(slot: Slot, image: RgbImage, want: Want): Promise<FaceObservation[]> {
  const observations: FaceObservation[] = [];
  for (const face of await findFaces(slot, image, want.regions ?? [])) {
    observations.push(await describeFace(slot, image, face, want));
  }
  return observations;
}

async function findFaces(slot: Slot, image: RgbImage, regions: readonly Region[]): Promise<DetectedFace[]> {
  const { network, output, decoder, threshold } = slot.composition.detector;
  const open = slot.networks.get(network.name)!;
  const crop = letterbox(boundsOf(regions, image), open.format);
  const tensors = await open.look(image, crop, output.tensors);
  return decodeBoxes(decoder, tensors, open.format, threshold)
    .map((face) => placeFace(face, crop))
    .filter(({ box }) => isWithin(centerOf(box), regions, image));
}

async function describeFace(
  slot: Slot,
  image: RgbImage,
  { box, score, points }: DetectedFace,
  want: Want,
): Promise<FaceObservation> {
  const { embedding, expression } = slot.composition;
  const parts = [
    ...(want.identity && embedding ? [embedding] : []),
    ...(want.expression && expression ? [expression] : []),
  ];
  const networks = [...new Set(parts.map(({ network }) => slot.networks.get(network.name)!))];
  const aligned = networks.some(({ rule }) => rule.type === "Points");
  const found = aligned ? await findPoints(slot, image, { box, points }) : points;
  const face = { box, ...(found && { points: found }) };
  const observation: FaceObservation = { ...face, score };
  for (const open of networks) {
    const own = parts.filter(({ network }) => network.name === open.network.name);
    const crop = cropOf(open.rule, face, open);
    if (crop === undefined) continue;
    const outputs = await open.look(
      image,
      crop,
      own.map(({ output }) => output.tensors[0]!),
    );
    for (const [k, part] of own.entries()) {
      const { data } = outputs[k]!;
      if (part === embedding) observation.embedding = data.slice();
      else observation.expression = readExpression(data, expression!);
    }
  }
  return observation;
}

/** Five points by the landmark network if the model has one, since it looks closer, else by the detector. */
async function findPoints(
  slot: Slot,
  image: RgbImage,
  face: { box: Box; points: FivePoints | undefined },
): Promise<FivePoints | undefined> {
  const { landmarks } = slot.composition;
  if (landmarks === undefined) return face.points;
  const open = slot.networks.get(landmarks.network.name)!;
  const crop = cropOf(open.rule, { box: face.box, ...(face.points && { points: face.points }) }, open);
  if (crop === undefined) return face.points;
  const tensors = await open.look(image, crop, landmarks.output.tensors);
  return mapPoints(landmarks.decoder(tensors), ({ x, y }) =>
    transform(crop, { x: x * open.format.width, y: y * open.format.height }),
  );
}

/** What a network sees of a face; undefined when it is aligned to points that are not there or coincide. */
export function cropOf(
  rule: CropRule,
  { box, points }: { readonly box: Box; readonly points?: FivePoints },
  { format }: Pick<OpenNetwork, "format">,
): Similarity | undefined {
  switch (rule.type) {
    case "None":
      return letterbox(box, format);
    case "BoundingBox":
      return cropBox(box, rule.margin, format);
    case "Points":
      return points && cropPoints(points, rule.template, format);
  }
}

/** From pixels of the detector's input to pixels of the picture. */
function placeFace({ box, score, points }: DetectedFace, crop: Similarity): DetectedFace {
  const corner = transform(crop, box);
  const scale = scaleOf(crop);
  return {
    box: { ...corner, width: box.width * scale, height: box.height * scale },
    score,
    ...(points && { points: mapPoints(points, (point) => transform(crop, point)) }),
  };
}

function readExpression(
  output: Float32Array,
  { labels, threshold }: { labels: readonly string[]; threshold: number },
): Expression {
  const probabilities = probabilitiesOf(output);
  const best = probabilities.indexOf(Math.max(...probabilities));
  const probability = probabilities[best] ?? 0;
  return { label: labels[best] ?? "", probability, reported: probability >= threshold, probabilities };
}

function mapPoints([a, b, c, d, e]: FivePoints, map: (point: FivePoints[0]) => FivePoints[0]): FivePoints {
  return [map(a), map(b), map(c), map(d), map(e)];
}

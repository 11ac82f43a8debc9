import type { Network, NetworkOutput } from "../../crds/network.ts";
import { boxDecoders, type BoxDecoder } from "./decode/boxes.ts";
import { pointDecoders, type PointDecoder } from "./decode/points.ts";
import type { Metric } from "./distance.ts";

/** Networks that do not make a whole. The message names the field and the remedy. */
class BadComposition extends Error {
  override readonly name = "BadComposition";
}

/** An output in its role, with the network that gives it. */
interface Part {
  readonly network: Network;
  readonly output: NetworkOutput;
}

type DetectorPart = Part & { readonly decoder: BoxDecoder; readonly threshold: number };
type LandmarksPart = Part & { readonly decoder: PointDecoder };
/** `threshold`: largest distance at which two faces are the same person. */
export type EmbeddingPart = Part & { readonly metric: Metric; readonly threshold: number };
/** `threshold`: smallest probability that is reported. */
type ExpressionPart = Part & { readonly labels: readonly string[]; readonly threshold: number };

/** The networks of a model by what they are for. */
export interface Composition {
  readonly detector: DetectorPart;
  readonly landmarks?: LandmarksPart;
  readonly embedding?: EmbeddingPart;
  readonly expression?: ExpressionPart;
}

/**
 * Finds each role's output. One detector, and at most one output of each other role: which of two would be believed?
 * @throws BadComposition
 */
export function compose(networks: readonly Network[]): Composition {
  const boxes = only(networks, "Boxes");
  if (boxes === undefined) throw new BadComposition("networks: one must have an output of role Boxes");
  const landmarks = only(networks, "Landmarks");
  const embedding = only(networks, "Embedding");
  const expression = only(networks, "Expression");
  const composition: Composition = {
    detector: detectorOf(boxes),
    ...(landmarks && { landmarks: { ...landmarks, decoder: decoderOf(landmarks, pointDecoders) } }),
    ...(embedding && { embedding: embeddingOf(embedding) }),
    ...(expression && { expression: expressionOf(expression) }),
  };
  requirePoints(networks, composition);
  return composition;
}

function only(networks: readonly Network[], role: NetworkOutput["role"]): Part | undefined {
  const parts = networks.flatMap((network) =>
    network.outputs.filter((output) => output.role === role).map((output) => ({ network, output })),
  );
  if (parts.length > 1) {
    const names = parts.map(({ network, output }) => `${network.name}/${output.name}`).join(" and ");
    throw new BadComposition(`networks: ${names} both have role ${role}: this version takes one output of it`);
  }
  return parts[0];
}

function detectorOf(part: Part): DetectorPart {
  if (part.network.crop.type !== "None") {
    throw new BadComposition(`networks ${part.network.name}: a network with role Boxes needs crop type None`);
  }
  const decoder = decoderOf(part, boxDecoders);
  return { ...part, decoder, threshold: Number(part.output.threshold ?? decoder.threshold) };
}

function embeddingOf(part: Part): EmbeddingPart {
  const { metric, threshold } = part.output;
  if (metric === undefined || threshold === undefined) {
    throw new BadComposition(`output ${part.output.name}: role Embedding needs metric and threshold`);
  }
  return { ...part, metric, threshold: Number(threshold) };
}

function expressionOf(part: Part): ExpressionPart {
  const { labels, threshold } = part.output;
  if (labels === undefined) throw new BadComposition(`output ${part.output.name}: role Expression needs labels`);
  return { ...part, labels, threshold: Number(threshold ?? 0) };
}

function decoderOf<Found>({ output }: Part, table: Partial<Record<string, Found>>): Found {
  const decoder = table[output.decoder ?? ""];
  if (decoder !== undefined) return decoder;
  const names = Object.keys(table).join(" or ");
  throw new BadComposition(`output ${output.name}: role ${output.role} needs decoder ${names}`);
}

function requirePoints(networks: readonly Network[], { detector, landmarks }: Composition): void {
  const aligned = networks.find(({ crop }) => crop.type === "Points");
  const given = detector.decoder.givesPoints;
  if (landmarks?.network.crop.type === "Points" && !given) {
    throw new BadComposition(`networks ${landmarks.network.name}: crop type Points needs the points it is to find`);
  }
  if (aligned !== undefined && !given && landmarks === undefined) {
    throw new BadComposition(`networks ${aligned.name}: crop type Points needs role Landmarks or decoder YuNet`);
  }
}

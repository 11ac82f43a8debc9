/** A face and whose it is. */
export type Labelled = { person: string; embedding: Float32Array };

/** Two faces' distance, and whether they are the same person's. */
export type Pair = { distance: number; same: boolean };

/** Euclidean distance. */
export function distanceOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]!) ** 2;
  return Math.sqrt(sum);
}

/** All pairs of a set, each once. */
export function pairsOf(faces: readonly Labelled[]): Pair[] {
  return faces.flatMap((face, index) =>
    faces.slice(index + 1).map((other) => ({
      distance: distanceOf(face.embedding, other.embedding),
      same: face.person === other.person,
    })),
  );
}

/** The rates of one threshold: genuine pairs accepted and impostor pairs accepted. */
type Operating = { threshold: number; accepted: number; falselyAccepted: number };

function operatingPoints(pairs: readonly Pair[]): Operating[] {
  const genuine = pairs.filter(({ same }) => same).length;
  const impostors = pairs.length - genuine;
  let [hits, alarms] = [0, 0];
  return [...pairs]
    .sort((a, b) => a.distance - b.distance)
    .map(({ distance, same }) => {
      if (same) hits++;
      else alarms++;
      return { threshold: distance, accepted: hits / genuine, falselyAccepted: alarms / impostors };
    });
}

/** The equal error rate and the threshold at which misses and false alarms are equally frequent. */
export function equalErrorRate(pairs: readonly Pair[]): { rate: number; threshold: number } {
  const gap = ({ accepted, falselyAccepted }: Operating): number => Math.abs(1 - accepted - falselyAccepted);
  const best = operatingPoints(pairs).reduce((least, point) => (gap(point) < gap(least) ? point : least));
  return { rate: (1 - best.accepted + best.falselyAccepted) / 2, threshold: best.threshold };
}

/** The part of genuine pairs that is accepted when at most this part of the impostors is. */
export function trueAcceptRate(pairs: readonly Pair[], falseAcceptRate: number): number {
  const allowed = operatingPoints(pairs).filter(({ falselyAccepted }) => falselyAccepted <= falseAcceptRate);
  return allowed.at(-1)?.accepted ?? 0;
}

/** The part of the probes whose nearest gallery face is the same person's. */
export function rankOne(gallery: readonly Labelled[], probes: readonly Labelled[]): number {
  const right = probes.filter(({ person, embedding }) => {
    const nearest = gallery.reduce((best, face) =>
      distanceOf(face.embedding, embedding) < distanceOf(best.embedding, embedding) ? face : best,
    );
    return nearest.person === person;
  });
  return right.length / probes.length;
}

import type { Random } from "../people/random/random.ts";

/** What makes a file of another one, knowing nothing of what it means. */
type ByteMutation = (file: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const place = (file: Uint8Array, random: Random): number => random.below(file.length);
const nastyBytes = [0x00, 0x7f, 0x80, 0xff];

const mutations: readonly ByteMutation[] = [
  function flipBit(file, random) {
    const at = place(file, random);
    return file.with(at, (file[at] ?? 0) ^ (1 << random.below(8)));
  },
  function setByte(file, random) {
    return file.with(place(file, random), nastyBytes[random.below(nastyBytes.length)]!);
  },
  function cutOff(file, random) {
    return file.slice(0, place(file, random));
  },
  function takeOut(file, random) {
    const from = place(file, random);
    const to = from + 1 + random.below(64);
    return concat(file.subarray(0, from), file.subarray(to));
  },
  function repeat(file, random) {
    const from = place(file, random);
    const to = from + 1 + random.below(512);
    return concat(file.subarray(0, to), file.subarray(from));
  },
  function endlessVarint(file, random) {
    const at = place(file, random);
    const bytes = new Uint8Array(1 + random.below(11)).fill(0xff);
    return concat(file.subarray(0, at), bytes, file.subarray(at + bytes.length));
  },
  function splice(file, random, other) {
    const from = place(other, random);
    const piece = other.subarray(from, from + 1 + random.below(1024));
    const at = place(file, random);
    return concat(file.subarray(0, at), piece, file.subarray(at + (random.chance(0.5) ? piece.length : 0)));
  },
];

function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** A file with a few of its bytes changed, taken out, repeated, or taken from another file. */
export function mutateBytes(file: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed = file;
  const count = 1 + random.below(4);
  for (let done = 0; done < count && changed.length > 0; done++)
    changed = mutations[random.below(mutations.length)]!(changed, random, other);
  return changed;
}

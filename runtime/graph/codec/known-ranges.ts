/** Longest range that is looked up: names, attributes and types of a model are short, and come again and again. */
export const longestKnown = 64;

const [fewestSlots, mostSlots] = [2 ** 8, 2 ** 15];
/** 2^32 over the golden ratio. */
const golden = 0x9e3779b1;

/** What was read from ranges of a file's bytes, found again where the same bytes come again. */
export class KnownRanges<T extends object | string> {
  readonly #view: DataView;
  /** First byte and length of the range that each slot holds. */
  readonly #ranges: Int32Array;
  readonly #values: (T | undefined)[];

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let slots = fewestSlots;
    while (slots < mostSlots && slots * longestKnown < bytes.length) slots *= 2;
    this.#ranges = new Int32Array(2 * slots);
    this.#values = new Array<T | undefined>(slots).fill(undefined);
  }

  /** The one slot in which such bytes are kept. */
  slotOf(from: number, to: number): number {
    const view = this.#view;
    let hash = to - from;
    let at = from;
    for (; at <= to - 4; at += 4) hash = mixed(hash, view.getInt32(at));
    for (; at < to; at++) hash = mixed(hash, view.getUint8(at));
    return (hash ^ (hash >>> 16)) & (this.#values.length - 1);
  }

  /** What was kept for the same bytes, unless the slot has gone to others. */
  find(slot: number, from: number, to: number): T | undefined {
    if (this.#ranges[2 * slot + 1] !== to - from) return undefined;
    const view = this.#view;
    const shift = this.#ranges[2 * slot]! - from;
    let at = from;
    for (; at <= to - 4; at += 4) if (view.getInt32(at) !== view.getInt32(at + shift)) return undefined;
    for (; at < to; at++) if (view.getUint8(at) !== view.getUint8(at + shift)) return undefined;
    return this.#values[slot];
  }

  keep(slot: number, from: number, to: number, value: T): T {
    this.#ranges[2 * slot] = from;
    this.#ranges[2 * slot + 1] = to - from;
    return (this.#values[slot] = value);
  }
}

function mixed(hash: number, word: number): number {
  return Math.imul(((hash << 5) | (hash >>> 27)) ^ word, golden);
}

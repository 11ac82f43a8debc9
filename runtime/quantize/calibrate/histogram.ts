import type { Range } from "../scale.ts";

/**
 * How often the values of a tensor fall into bins of equal width, bounded in memory however many values there are.
 * Counts are exact up to 2^53.
 *
 * All arithmetic on edges is float32, as that of numpy.histogram on float32, so that counts and edges equal those that
 * onnxruntime.quantization 1.30 gets from the same values (calibrate.py, HistogramCollector).
 */
export interface Histogram {
  readonly counts: Float64Array;
  /** One more than counts; a bin holds its lower edge and not its upper one, the last bin both. */
  readonly edges: Float32Array;
  /** Of all values, also of those beyond the edges. */
  readonly range: Range;
}

const f32 = Math.fround;

/**
 * An empty histogram of all real numbers from -largest to largest, to which `addSigned` adds.
 * `range` is what is known of the values already; when it is all, no bins will be added.
 */
export function signedHistogram(bins: number, { lowest, highest }: Range): Histogram {
  const largest = Math.max(Math.abs(lowest), Math.abs(highest));
  return emptyHistogram(bins, -largest, largest, { lowest, highest });
}

/** An empty histogram of sizes from `least` to `most`, to which `addSizes` adds. */
export function sizeHistogram(bins: number, least: number, most: number, range: Range): Histogram {
  return emptyHistogram(bins, least, most, range);
}

function emptyHistogram(bins: number, first: number, last: number, range: Range): Histogram {
  // A range without width gets one, as in NumPy.
  const [low, high] = first === last ? [f32(first - 0.5), f32(last + 0.5)] : [first, last];
  return { counts: new Float64Array(bins), edges: evenEdges(low, high, bins), range };
}

/** As numpy.linspace makes them in float32. */
function evenEdges(first: number, last: number, bins: number): Float32Array {
  const step = f32(f32(last - first) / bins);
  const edges = Float32Array.from({ length: bins + 1 }, (_, i) => f32(i * step) + first);
  edges[bins] = last;
  return edges;
}

/** The histogram with more values; bins of the same width are added on both sides where they reach further. */
export function addSigned(histogram: Histogram, values: Float32Array): Histogram {
  const found = rangeOf(values);
  const grown = growBothSides(histogram, Math.max(Math.abs(found.lowest), Math.abs(found.highest)));
  return countSigned({ ...grown, range: unite(histogram.range, found) }, values);
}

/** The histogram with the sizes |value| of more values; bins of the same width are added at the end. */
export function addSizes(histogram: Histogram, values: Float32Array): Histogram {
  const found = rangeOf(values);
  const grown = growAtEnd(histogram, Math.max(Math.abs(found.lowest), Math.abs(found.highest)));
  return countSizes({ ...grown, range: unite(histogram.range, found) }, values);
}

/** The histogram with more values of its range. */
export const countSigned = (histogram: Histogram, values: Float32Array): Histogram =>
  count(histogram, values, { sizes: false, from: 0 });

/**
 * The histogram with the sizes |value| of more values of its range. All that lie before bin `from` are counted in the bin
 * before it, which takes a quarter of the time if they are most.
 */
export const countSizes = (histogram: Histogram, values: Float32Array, from = 0): Histogram =>
  count(histogram, values, { sizes: true, from });

function growBothSides(histogram: Histogram, reached: number): Histogram {
  const { counts, edges, range } = histogram;
  const bins = counts.length;
  const last = Math.max(Math.abs(range.lowest), Math.abs(range.highest)) === 0 ? 0 : edges[bins]!;
  if (reached <= last) return histogram;
  if (last === 0) return { ...signedHistogram(bins, { lowest: -reached, highest: reached }), counts, range };
  const width = f32(f32(2 * last) / bins);
  const more = Math.floor(f32(reached - last) / width) + 1;
  const end = f32(f32(more * width) + last);
  const grown = new Float64Array(bins + 2 * more);
  grown.set(counts, more);
  return { counts: grown, edges: evenEdges(-end, end, grown.length), range };
}

function growAtEnd(histogram: Histogram, reached: number): Histogram {
  const { counts, edges, range } = histogram;
  const last = edges.at(-1)!;
  if (reached <= last) return histogram;
  const width = f32(edges[1]! - edges[0]!);
  const more = evenSteps(f32(last + width), f32(reached + width), width);
  const [grownCounts, grownEdges] = [
    new Float64Array(counts.length + more.length),
    new Float32Array(edges.length + more.length),
  ];
  grownCounts.set(counts);
  grownEdges.set(edges);
  grownEdges.set(more, edges.length);
  return { counts: grownCounts, edges: grownEdges, range };
}

/** As numpy.arange makes them in float32: product and sum are rounded once, together. */
function evenSteps(first: number, end: number, width: number): Float32Array {
  const delta = f32(f32(first + width) - first);
  const length = Math.max(0, Math.ceil(f32(f32(end - first) / width)));
  return Float32Array.from({ length }, (_, i) => first + i * delta);
}

/*
 * The loops below run for every element of every observed tensor of every picture: by index, which takes a seventh of
 * the time of an iterator, with `sizes` told apart within, for a function passed in would not be inlined, and with
 * integers to count in, for the next value often falls into the same bin and would wait for a sum of doubles.
 */
function count({ counts, edges, range }: Histogram, values: Float32Array, { sizes, from }: Counting): Histogram {
  const found = new Int32Array(counts.length);
  const last = counts.length - 1;
  const [first, low, end] = [edges[0]!, edges[from]!, edges[last + 1]!];
  const perUnit = counts.length / (end - first);
  const { length } = values;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const value = sizes ? Math.abs(values[i]!) : values[i]!;
    if (value < low) {
      before++;
      continue;
    }
    if (!(value <= end)) continue;
    let bin = ((value - first) * perUnit) | 0;
    if (bin > last) bin = last;
    // The guess is one off where rounding moved an edge.
    if (value < edges[bin]!) bin--;
    else if (bin < last && value >= edges[bin + 1]!) bin++;
    found[bin]!++;
  }
  if (from > 0) found[from - 1] = before;
  const total = counts.slice();
  for (let bin = 0; bin <= last; bin++) total[bin]! += found[bin]!;
  return { counts: total, edges, range };
}

/** What is counted: sizes or signed values, each bin from `from` on. */
interface Counting {
  readonly sizes: boolean;
  readonly from: number;
}

/** The range of values; NaN is left out, and no value at all gives 0 to 0. */
export function rangeOf(values: Float32Array): Range {
  let lowest = Infinity;
  let highest = -Infinity;
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return lowest <= highest ? { lowest, highest } : { lowest: 0, highest: 0 };
}

/** The range of both. */
export const unite = (a: Range, b: Range): Range => ({
  lowest: Math.min(a.lowest, b.lowest),
  highest: Math.max(a.highest, b.highest),
});

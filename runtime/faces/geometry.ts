/** A point in pixels: the upper left corner of the upper left pixel is (0, 0), that pixel's center (0.5, 0.5). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle in pixels, by its upper left corner. It may reach beyond the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture: each number a part, from 0 to 1, of its width or height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Five points of a face, left and right as the viewer sees them: eye, eye, tip of the nose, corners of the mouth. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** The middle of a box. */
export function centerOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Area in square pixels. */
export function areaOf({ width, height }: Box): number {
  return width * height;
}

/** The square of a face: as large as the longer side and `margin` of it more on each side, about the same center. */
export function squareAround(box: Box, margin: number): Box {
  const side = Math.max(box.width, box.height) * (1 + 2 * margin);
  const center = centerOf(box);
  return { x: center.x - side / 2, y: center.y - side / 2, width: side, height: side };
}

/** Intersection over union, from 0 to 1; 0 for boxes without area. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** The smallest box that holds all regions of a picture, in pixels; the whole picture when there are none. */
export function boundsOf(regions: readonly Region[], image: { width: number; height: number }): Box {
  if (regions.length === 0) return { x: 0, y: 0, width: image.width, height: image.height };
  const left = Math.floor(Math.min(...regions.map(({ x }) => x)) * image.width);
  const top = Math.floor(Math.min(...regions.map(({ y }) => y)) * image.height);
  const right = Math.ceil(Math.max(...regions.map(({ x, width }) => x + width)) * image.width);
  const bottom = Math.ceil(Math.max(...regions.map(({ y, height }) => y + height)) * image.height);
  const corner = { x: clamp(left, 0, image.width - 1), y: clamp(top, 0, image.height - 1) };
  return {
    ...corner,
    width: clamp(right - corner.x, 1, image.width - corner.x),
    height: clamp(bottom - corner.y, 1, image.height - corner.y),
  };
}

/** Whether a point of a picture lies in one of the regions; true when there are none. */
export function isWithin(point: Point, regions: readonly Region[], image: { width: number; height: number }): boolean {
  const x = point.x / image.width;
  const y = point.y / image.height;
  return (
    regions.length === 0 ||
    regions.some((area) => x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height)
  );
}

/** The number of [low, high] that is closest to a value. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

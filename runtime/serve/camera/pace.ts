/** How much early a frame may come, as a part of the time between two: cameras do not keep time exactly. */
const tolerance = 0.1;

/** Holds a stream to a rate on average, whatever the rate it comes at. */
export class Pace {
  readonly #period: number;
  #due = -Infinity;

  constructor(perSecond: number) {
    this.#period = 1000 / perSecond;
  }

  /** Whether a frame's turn has come. @param now milliseconds of a clock that never steps back. */
  takes(now: number): boolean {
    if (now < this.#due - tolerance * this.#period) return false;
    this.#due = Math.max(this.#due + this.#period, now);
    return true;
  }
}

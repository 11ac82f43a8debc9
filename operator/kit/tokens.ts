/** A rate with room for bursts. */
export interface Rate {
  /** How many may come at once. */
  readonly burst: number;
  /** Milliseconds until one more may come. */
  readonly every: number;
}

/** A token bucket (RFC 2697's kind): `burst` at once, then one every so often. Time is an argument. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  /** @param now Milliseconds, monotonic; likewise below. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes a token. @returns False when there is none. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether it is as if it had never been used. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= this.#rate.burst;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (now - this.#at) / this.#rate.every);
    this.#at = now;
  }
}

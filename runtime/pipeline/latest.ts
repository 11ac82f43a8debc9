/**
 * A mailbox that holds one value: a newer one takes the place of one not yet taken. Between a camera, which cannot be
 * slowed, and an engine, which can be late, nothing else keeps the delay bounded.
 */
export class Latest<Value> {
  #held: { value: Value } | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  /** @returns the value whose place was taken, if there was one. */
  put(value: Value): Value | undefined {
    const replaced = this.#held?.value;
    this.#held = { value };
    this.#wake?.();
    return replaced;
  }

  /** Ends `values` once what is held has been taken. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Values as they come. One consumer at a time. */
  async *values(): AsyncGenerator<Value, void> {
    for (;;) {
      if (this.#held !== undefined) {
        const { value } = this.#held;
        this.#held = undefined;
        yield value;
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}

/**
 * A mailbox that holds one value: a newer one takes the place of one not yet taken. `dropped` counts those.
 * Between a camera, which cannot be slowed, and an engine, which can be late, nothing else keeps the delay bounded.
 */
export class Latest<Value> {
  dropped = 0;
  #value: { value: Value } | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  put(value: Value): void {
    if (this.#value !== undefined) this.dropped += 1;
    this.#value = { value };
    this.#wake?.();
  }

  /** Ends `values` once what is held has been taken. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Values as they come. One consumer at a time. */
  async *values(): AsyncGenerator<Value, void> {
    for (;;) {
      if (this.#value !== undefined) {
        const { value } = this.#value;
        this.#value = undefined;
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

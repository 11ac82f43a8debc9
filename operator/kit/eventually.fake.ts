import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits, in tests against a real server, until something has come about; how soon does not matter.
 *
 * @throws Error with what there is instead after 10 s.
 */
export async function eventually<T>(look: () => T, isSo: (seen: T) => boolean, limit = 10_000): Promise<T> {
  const start = performance.now();
  for (let seen = look(); ; seen = look()) {
    if (isSo(seen)) return seen;
    if (performance.now() - start > limit) throw new Error(`it did not come about; there is ${JSON.stringify(seen)}`);
    await sleep(2);
  }
}

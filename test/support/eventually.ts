import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again and again until the answer is yes.
 *
 * @throws Error that says what did not come about, after a minute.
 */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    if (await isSo()) return;
    await delay(250);
  }
  throw new Error(`waited a minute in vain until ${what}`);
}

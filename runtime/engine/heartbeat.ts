import { utimes } from "node:fs/promises";
import { heartbeat } from "./owner.ts";

/** Touches a path now and then, for other processes to see that its owner lives, until disposed of. */
export function keepAlive(path: string): Disposable {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, heartbeat).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

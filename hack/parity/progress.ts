import { createLogUpdate } from "log-update";

/** Tells what is being done: one line that changes on a terminal, a line each elsewhere. */
export interface Progress extends Disposable {
  readonly tell: (what: string) => void;
  /** Progress of a part, its name before each line. */
  readonly of: (part: string) => (what: string) => void;
}

/** Progress on a stream; the changing line is gone afterwards. */
export function openProgress(stream: NodeJS.WriteStream): Progress {
  const live = createLogUpdate(stream);
  let last = "";
  const tell = (what: string): void => {
    if (what === last) return;
    last = what;
    if (stream.isTTY) live(what);
    else stream.write(`${what}\n`);
  };
  return {
    tell,
    of: (part) => (what) => tell(`${part}: ${what}`),
    [Symbol.dispose]: () => {
      if (stream.isTTY) live.clear();
    },
  };
}

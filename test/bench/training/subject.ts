import { execa } from "execa";
import type { Task, Turn } from "./task.ts";

/** A process that does its task once whenever it is told to. */
export class Subject {
  readonly name: string;
  readonly turns: Turn[] = [];
  readonly #process;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, [command, ...parameters]: readonly [string, ...string[]], task: Task) {
    this.name = name;
    this.#process = execa(command, parameters, { stderr: "inherit", buffer: false });
    this.#lines = this.#process.iterable();
    this.#process.stdin.write(`${JSON.stringify(task)}\n`);
  }

  /** One turn. The first is a warm-up and not counted. */
  async turn(counted: boolean): Promise<void> {
    this.#process.stdin.write("\n");
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.name} has ended before its time`);
    if (counted) this.turns.push(JSON.parse(value) as Turn);
  }

  /** The least time of all turns: whoever shares the machine only adds to it. */
  get milliseconds(): number {
    return Math.min(...this.turns.map(({ milliseconds }) => milliseconds));
  }

  /** In MiB. */
  get peak(): number {
    return Math.max(...this.turns.map(({ peak }) => peak)) / 2 ** 20;
  }

  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#process;
  }
}

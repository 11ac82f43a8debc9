import { isDeepStrictEqual } from "node:util";
import type { Camera, CameraSpec, CameraStatus } from "./camera.ts";

/** The cameras of a node. */
export class Cameras implements AsyncDisposable {
  readonly #open: (spec: CameraSpec) => Camera;
  readonly #cameras = new Map<string, Camera>();
  readonly #closing = new Set<Promise<void>>();

  constructor(open: (spec: CameraSpec) => Camera) {
    this.#open = open;
  }

  /** Opens what is new, closes what is gone, and replaces what has changed; the others go on undisturbed. */
  want(wanted: readonly CameraSpec[]): void {
    for (const [name, camera] of this.#cameras) {
      if (wanted.some((spec) => isDeepStrictEqual(spec, camera.spec))) continue;
      this.#cameras.delete(name);
      this.#close(camera);
    }
    for (const spec of wanted) {
      if (!this.#cameras.has(spec.name)) this.#cameras.set(spec.name, this.#open(spec));
    }
  }

  /** By name. */
  get status(): CameraStatus[] {
    const all = [...this.#cameras.values()].map(({ status }) => status);
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Ends tracks of people who have left. Call it each second. */
  expire(): void {
    for (const camera of this.#cameras.values()) camera.expire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.want([]);
    await Promise.all(this.#closing);
  }

  #close(camera: Camera): void {
    const closing = camera[Symbol.asyncDispose]().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

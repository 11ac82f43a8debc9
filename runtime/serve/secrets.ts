import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BadGalleryKey, parseGalleryKey, type GalleryKey } from "../faces/gallery/key.ts";
import type { Credentials } from "../pipeline/source/source.ts";

/** Secrets as the pod mounts them: credentials/<camera>/{username,password} and galleries/<gallery>/key. */
export class MountedSecrets {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The camera's user and password, or undefined when the Secret is not there. */
  async credentials(camera: string): Promise<Credentials | undefined> {
    const read = (key: string) => this.#read(join("credentials", camera, key));
    const [username, password] = await Promise.all([read("username"), read("password")]);
    if (username === undefined || password === undefined) return undefined;
    return { username: username.toString().trim(), password: password.toString().trim() };
  }

  /** The key that seals a gallery, or why there is none. */
  async galleryKey(gallery: string): Promise<GalleryKey | { problem: string }> {
    const content = await this.#read(join("galleries", gallery, "key"));
    if (content === undefined) return { problem: "its key is not mounted: see keySecretRef of the FaceGallery" };
    try {
      return parseGalleryKey(content);
    } catch (error) {
      if (error instanceof BadGalleryKey) return { problem: error.message };
      throw error;
    }
  }

  async #read(path: string): Promise<Buffer | undefined> {
    return readFile(join(this.#folder, path)).catch(() => undefined);
  }
}

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** A key that is none; the message tells what is wanted and never what was given. */
export class BadGalleryKey extends Error {
  override readonly name = "BadGalleryKey";

  constructor(bytes: number) {
    super(
      `the gallery key (${bytes} bytes) must be 32 bytes: raw, as 64 hex digits or in base64; ` +
        "make one with: openssl rand -hex 32",
    );
  }
}

/** A key that seals galleries. `id` names it in sealed files and messages and gives nothing away. */
export interface GalleryKey {
  readonly id: string;
  readonly secret: KeyObject;
}

const forms: readonly ((content: Buffer) => Buffer | undefined)[] = [
  (content) => (content.length === 32 ? content : undefined),
  (content) => (/^[0-9a-f]{64}$/i.test(trimmed(content)) ? Buffer.from(trimmed(content), "hex") : undefined),
  (content) => (/^[A-Za-z0-9+/]{43}=?$/.test(trimmed(content)) ? Buffer.from(trimmed(content), "base64") : undefined),
];

/**
 * Reads the content of a Secret's key: 32 raw bytes, 64 hex digits or base64, the latter two with or without a line end.
 * @throws BadGalleryKey
 */
export function parseGalleryKey(content: Uint8Array): GalleryKey {
  const given = Buffer.from(content);
  const bytes = forms.map((form) => form(given)).find((found) => found !== undefined);
  if (bytes === undefined) throw new BadGalleryKey(content.length);
  const id = createHmac("sha256", bytes).update("facefleet gallery key id").digest("hex").slice(0, 16);
  return { id, secret: createSecretKey(bytes) };
}

function trimmed(content: Buffer): string {
  return content.toString("latin1").trim();
}

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { GalleryKey } from "./key.ts";

/** What a sealed gallery belongs to. It is authenticated: a file put in another's place does not open. */
export interface SealContext {
  readonly gallery: string;
  /** Version of the gallery: its people and pictures. */
  readonly version: string;
  /** Revision of the model whose engines made the templates. */
  readonly revision: string;
}

/** A sealed gallery that does not open. Says why as far as that can be told, and nothing of what is inside. */
export class SealBroken extends Error {
  override readonly name = "SealBroken";
  readonly gallery: string;
  /** WrongKey: sealed with another key. Damaged: not a sealed gallery, altered, or of another version or revision. */
  readonly reason: "WrongKey" | "Damaged";

  constructor(gallery: string, reason: SealBroken["reason"]) {
    const remedy = "enroll the gallery anew, which happens by itself when the sealed file is removed";
    super(`the sealed gallery ${gallery} does not open: ${meanings[reason]}; ${remedy}`);
    this.gallery = gallery;
    this.reason = reason;
  }
}

const meanings = {
  WrongKey: "it was sealed with another key than keySecretRef names",
  Damaged: "it is damaged, or was sealed for another version or revision",
};

const magic = Buffer.from("FFSEAL1\n");
const sizes = { keyId: 16, nonce: 12, tag: 16 };
const headerLength = magic.length + sizes.keyId + sizes.nonce + sizes.tag;

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D) under a fresh random nonce; key id and context are additional data.
 * Layout: magic, key id (16 hex digits), nonce (12 bytes), tag (16 bytes), ciphertext.
 */
export function seal(content: Uint8Array, key: GalleryKey, context: SealContext): Buffer {
  const nonce = randomBytes(sizes.nonce);
  const cipher = createCipheriv("aes-256-gcm", key.secret, nonce, { authTagLength: sizes.tag });
  cipher.setAAD(additionalData(key.id, context));
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([magic, Buffer.from(key.id, "latin1"), nonce, cipher.getAuthTag(), sealed]);
}

/** The bytes that were sealed. @throws SealBroken */
export function unseal(file: Uint8Array, key: GalleryKey, context: SealContext): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < headerLength || !bytes.subarray(0, magic.length).equals(magic)) {
    throw new SealBroken(context.gallery, "Damaged");
  }
  const [keyId, nonce, tag, sealed] = slice(bytes);
  if (keyId.toString("latin1") !== key.id) throw new SealBroken(context.gallery, "WrongKey");
  const decipher = createDecipheriv("aes-256-gcm", key.secret, nonce, { authTagLength: sizes.tag });
  decipher.setAAD(additionalData(key.id, context)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch {
    throw new SealBroken(context.gallery, "Damaged");
  }
}

function slice(bytes: Buffer): [keyId: Buffer, nonce: Buffer, tag: Buffer, sealed: Buffer] {
  const nonceAt = magic.length + sizes.keyId;
  const tagAt = nonceAt + sizes.nonce;
  return [
    bytes.subarray(magic.length, nonceAt),
    bytes.subarray(nonceAt, tagAt),
    bytes.subarray(tagAt, headerLength),
    bytes.subarray(headerLength),
  ];
}

function additionalData(keyId: string, { gallery, version, revision }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([keyId, gallery, version, revision]));
}

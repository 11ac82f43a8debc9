/** What an image of a process node is: a program of this machine, in place of layers of files. */
export interface Image {
  /** What runs if the container gives no command. The container's arguments follow it. */
  entrypoint: string[];
  workingDirectory: string;
  env?: Record<string, string>;
}

/** Images by reference. */
export type Images = Record<string, Image>;

/** The image a reference names: the very reference if there is one, else that of the same repository. */
export function findImage(images: Images, reference: string): { name: string; image: Image } | undefined {
  const exact = images[reference];
  if (exact) return { name: reference, image: exact };
  const name = Object.keys(images).find((each) => repositoryOf(each) === repositoryOf(reference));
  return name === undefined ? undefined : { name, image: images[name]! };
}

/** A reference without its tag and digest. A colon before the last slash belongs to a registry's port. */
export function repositoryOf(reference: string): string {
  const withoutDigest = reference.split("@")[0]!;
  const colon = withoutDigest.lastIndexOf(":");
  return colon > withoutDigest.lastIndexOf("/") ? withoutDigest.slice(0, colon) : withoutDigest;
}

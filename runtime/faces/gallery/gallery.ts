/** Templates of enrolled people. Biometric data: it lives in memory and sealed on the node's disk, nowhere else. */
export interface Gallery {
  /** Pseudonyms, each once. */
  readonly people: readonly string[];
  /** Numbers of a template. */
  readonly dimensions: number;
  /** Per template: the index of its person. */
  readonly owners: Int32Array;
  /** The templates one after another: `owners.length * dimensions` numbers. */
  readonly templates: Float32Array;
}

/** One person's templates, as enrollment makes them. */
export interface Enrollment {
  readonly person: string;
  readonly templates: readonly Float32Array[];
}

/** A gallery of people; those without a template are left out, since nobody could be told to be them. */
export function makeGallery(enrollments: readonly Enrollment[]): Gallery {
  const enrolled = enrollments.filter(({ templates }) => templates.length > 0);
  const all = enrolled.flatMap(({ templates }, index) => templates.map((template) => ({ index, template })));
  const dimensions = all[0]?.template.length ?? 0;
  const gallery = {
    people: enrolled.map(({ person }) => person),
    dimensions,
    owners: Int32Array.from(all, ({ index }) => index),
    templates: new Float32Array(all.length * dimensions),
  };
  for (const [k, { template }] of all.entries()) {
    if (template.length !== dimensions) {
      throw new RangeError(`templates of ${template.length} and of ${dimensions} numbers do not go into one gallery`);
    }
    gallery.templates.set(template, k * dimensions);
  }
  return gallery;
}

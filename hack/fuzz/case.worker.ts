import { makeCase } from "./case.ts";
import type { Specimen } from "./corpus.ts";
import { tryFile } from "./subject.ts";

interface Corpus {
  readonly corpus: readonly Specimen[];
  readonly seed: number;
}

/** What cases are made of comes first, then the index of each. */
let known: Corpus | undefined;

process.on("message", (message: Corpus | { readonly index: number }) => {
  if ("corpus" in message) {
    known = message;
    process.send!("ready");
  } else if (known !== undefined) {
    const file = makeCase(known.corpus, known.seed, message.index);
    tryFile(file).then(
      (outcome) => process.send!(outcome),
      (error: unknown) => {
        throw error;
      },
    );
  }
});

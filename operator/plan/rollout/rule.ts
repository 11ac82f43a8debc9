/** One rule of an ordered list: gives its answer, or leaves the matter to the next. */
export type Rule<Facts, Answer> = (facts: Facts) => Answer | undefined;

/** The answer of the first rule that has one. The last rule of a list has to answer always. */
export function firstHit<Facts, Answer>(rules: readonly Rule<Facts, Answer>[], facts: Facts): Answer {
  for (const rule of rules) {
    const answer = rule(facts);
    if (answer !== undefined) return answer;
  }
  throw new TypeError("no rule answered: the last one of a list has to");
}

/** Marks what the compiler has shown to be impossible. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}

import type { Dim } from "../type.ts";

/** A sum of products of names, each product with a whole factor; the product of no names is the constant. */
type Polynomial = ReadonlyMap<string, Term>;
interface Term {
  readonly factor: number;
  readonly names: readonly string[];
}

/** Beyond these a size goes by a name of its own: graphs can be written that square it at every node. */
const longest = { terms: 12, names: 8, text: 160 };

/**
 * Arithmetic of sizes. What it gives is a number, or an expression in one form for all that is equal as a polynomial,
 * so that equal text means equal size: "4*N", "H+W-1", "floor((H+1)/2)". A name stands for a whole number of at least
 * 0. An expression of a size that nothing names begins with "?", as the size does. Results are undefined where there
 * is no such form, or none that is short.
 */
export class Sizes {
  /** What the expressions that were made mean; all other text is a name. */
  readonly #made = new Map<string, Polynomial>();
  /** What a rounded quotient is made of. */
  readonly #quotients = new Map<string, { readonly of: Polynomial; readonly by: number }>();
  /** Least and largest sizes, and quotients, that may be below 0. */
  readonly #signed = new Set<string>();

  add(a: Dim, b: Dim): Dim | undefined {
    if (typeof a === "number" && typeof b === "number") return safe(a + b);
    if (a === 0) return b;
    if (b === 0) return a;
    return this.#write(sum(this.#read(a), this.#read(b)));
  }

  subtract(a: Dim, b: Dim): Dim | undefined {
    if (typeof a === "number" && typeof b === "number") return safe(a - b);
    if (b === 0) return a;
    return a === b ? 0 : this.#write(sum(this.#read(a), scaled(this.#read(b), -1)));
  }

  multiply(a: Dim, b: Dim): Dim | undefined {
    if (typeof a === "number" && typeof b === "number") return safe(a * b);
    if (a === 0 || b === 0) return 0;
    if (a === 1) return b;
    return b === 1 ? a : this.#write(product(this.#read(a), this.#read(b)));
  }

  product(dims: readonly Dim[]): Dim | undefined {
    let result: Dim | undefined = 1;
    for (const dim of dims) result = result === undefined ? undefined : this.multiply(result, dim);
    return dims.includes(0) ? 0 : result;
  }

  /** The quotient rounded down; `by` is a positive whole number. */
  floorDivide(a: Dim, by: number): Dim | undefined {
    if (typeof a === "number") return safe(Math.floor(a / by));
    return by === 1 ? a : this.#write(this.#floor(this.#read(a), by));
  }

  /** The quotient rounded up; `by` is a positive whole number. */
  ceilDivide(a: Dim, by: number): Dim | undefined {
    const raised = this.add(a, by - 1);
    return raised === undefined ? undefined : this.floorDivide(raised, by);
  }

  /** The quotient of what is known to divide. */
  divide(a: Dim, b: Dim): Dim | undefined {
    if (a === b) return 1;
    if (typeof b === "number") return b > 0 ? this.floorDivide(a, b) : undefined;
    const [divisor, ...others] = this.#read(b).values();
    if (divisor === undefined || others.length > 0) return undefined;
    const terms = [...this.#read(a).values()].map((term) => quotient(term, divisor));
    return terms.includes(undefined) ? undefined : this.#write(collect(terms as Term[]));
  }

  minimum(a: Dim, b: Dim): Dim | undefined {
    if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
    const difference = this.subtract(a, b);
    if (difference === undefined) return undefined;
    if (this.isNatural(difference)) return b;
    const opposite = this.subtract(b, a);
    if (opposite !== undefined && this.isNatural(opposite)) return a;
    return this.#opaque(`min(${[a, b].map(String).sort().join(",")})`, this.isNatural(a) && this.isNatural(b));
  }

  maximum(a: Dim, b: Dim): Dim | undefined {
    if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
    const least = this.minimum(a, b);
    if (least === a) return b;
    if (least === b) return a;
    return least === undefined
      ? undefined
      : this.#opaque(`max(${[a, b].map(String).sort().join(",")})`, this.isNatural(a) || this.isNatural(b));
  }

  /** Whether it is at least 0 whatever the names stand for. */
  isNatural(dim: Dim): boolean {
    return typeof dim === "number" ? dim >= 0 : this.#areNatural(this.#read(dim).values());
  }

  #areNatural(terms: Iterable<Term>): boolean {
    for (const { factor, names } of terms) if (factor < 0 || names.some((name) => this.#signed.has(name))) return false;
    return true;
  }

  #read(dim: Dim): Polynomial {
    if (typeof dim === "number") return collect([{ factor: dim, names: [] }]);
    return this.#made.get(dim) ?? collect([{ factor: 1, names: [dim] }]);
  }

  #write(polynomial: Polynomial | undefined): Dim | undefined {
    if (polynomial === undefined || polynomial.size > longest.terms) return undefined;
    const terms = [...polynomial.values()];
    if (terms.some(({ factor, names }) => !Number.isSafeInteger(factor) || names.length > longest.names))
      return undefined;
    if (terms.length === 0) return 0;
    if (terms.length === 1 && terms[0]!.names.length === 0) return terms[0]!.factor;
    if (terms.length === 1 && terms[0]!.names.length === 1 && terms[0]!.factor === 1) return terms[0]!.names[0];
    const text = marked(print(terms));
    if (text !== undefined) this.#made.set(text, polynomial);
    return text;
  }

  /** The name of what is no polynomial. */
  #opaque(text: string, isNatural: boolean): string | undefined {
    const name = marked(text);
    if (name !== undefined && !isNatural) this.#signed.add(name);
    return name;
  }

  /** floor(p / by): what is whole goes out of it; factors of 0 to by - 1 stay. */
  #floor(polynomial: Polynomial, by: number): Polynomial | undefined {
    const out: Term[] = [];
    const rest: Term[] = [];
    for (const term of polynomial.values()) {
      const whole = Math.floor(term.factor / by);
      const left = term.factor - whole * by;
      if (whole !== 0) out.push({ ...term, factor: whole });
      if (left !== 0) rest.push({ ...term, factor: left });
    }
    if (rest.every(({ names }) => names.length === 0)) return collect(out);
    const name = this.#quotient(rest, by);
    return name === undefined ? undefined : collect([...out, { factor: 1, names: [name] }]);
  }

  /** The name of floor(terms / by). */
  #quotient(terms: readonly Term[], by: number): string | undefined {
    const named = terms.filter(({ names }) => names.length > 0);
    const constant = terms.find(({ names }) => names.length === 0)?.factor ?? 0;
    const only = named.length === 1 && named[0]!.factor === 1 && named[0]!.names.length === 1 ? named[0]! : undefined;
    const inner = only === undefined ? undefined : this.#quotients.get(only.names[0]!);
    if (inner !== undefined) {
      // floor((floor(a / b) + c) / d) is floor((a + b c) / (b d)).
      const of = sum(inner.of, collect([{ factor: inner.by * constant, names: [] }]));
      const reduced = this.#floor(of, inner.by * by);
      const name = reduced === undefined ? undefined : this.#write(reduced);
      return typeof name === "string" && !this.#made.has(name) ? name : undefined;
    }
    const common = named.reduce((divisor, { factor }) => greatestDivisor(divisor, factor), by);
    const lowest = [
      ...named.map((term) => ({ ...term, factor: term.factor / common })),
      { factor: Math.floor(constant / common), names: [] },
    ];
    const of = collect(lowest);
    const text = `floor(${bracketed(print([...of.values()]), of.size)}/${by / common})`;
    const name = this.#opaque(text, this.#areNatural(of.values()));
    if (name !== undefined) this.#quotients.set(name, { of, by: by / common });
    return name;
  }
}

/** 0 has no sign here. */
const safe = (value: number): number | undefined => (Number.isSafeInteger(value) ? value + 0 : undefined);

/** What has a size that nothing names in it begins as such sizes do; undefined where it is too long. */
function marked(text: string): string | undefined {
  if (text.length > longest.text) return undefined;
  return text.includes("?") && !text.startsWith("?") ? `?(${text})` : text;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? Math.abs(a) : greatestDivisor(b, a % b));
const bracketed = (text: string, terms: number): string => (terms > 1 || /[-*]/.test(text) ? `(${text})` : text);

function collect(terms: Iterable<Term>): Polynomial {
  const collected = new Map<string, Term>();
  for (const { factor, names } of terms) {
    const key = names.join("\0");
    const total = factor + (collected.get(key)?.factor ?? 0);
    if (total === 0) collected.delete(key);
    else collected.set(key, { factor: total, names });
  }
  return collected;
}

const sum = (a: Polynomial, b: Polynomial): Polynomial => collect([...a.values(), ...b.values()]);
const scaled = (a: Polynomial, by: number): Polynomial =>
  collect([...a.values()].map(({ factor, names }) => ({ factor: factor * by, names })));

function product(a: Polynomial, b: Polynomial): Polynomial | undefined {
  if (a.size * b.size > longest.terms * longest.terms) return undefined;
  const terms = [...a.values()].flatMap((left) =>
    [...b.values()].map((right) => ({
      factor: left.factor * right.factor,
      names: [...left.names, ...right.names].sort(),
    })),
  );
  return collect(terms);
}

function quotient(of: Term, by: Term): Term | undefined {
  if (of.factor % by.factor !== 0) return undefined;
  const names = [...of.names];
  for (const name of by.names) {
    const place = names.indexOf(name);
    if (place < 0) return undefined;
    names.splice(place, 1);
  }
  return { factor: of.factor / by.factor, names };
}

/** Products of more names first, then by name; the constant last. */
function print(terms: readonly Term[]): string {
  const ordered = terms
    .map(({ factor, names }) => ({ factor, names, text: names.join("*") }))
    .sort((a, b) => b.names.length - a.names.length || (a.text < b.text ? -1 : 1));
  const written = ordered.map(({ factor, text }, place) => {
    const sign = factor < 0 ? "-" : place > 0 ? "+" : "";
    const size = Math.abs(factor);
    return sign + (text === "" ? String(size) : size === 1 ? text : `${size}*${text}`);
  });
  return written.join("");
}

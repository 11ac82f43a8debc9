/**
 * What an expression of sizes is when its names stand for numbers; undefined where it has a name that stands for none.
 * Read from its text alone, by recursive descent: sums of products of numbers, names, brackets, floor(a/b), min(a,b)
 * and max(a,b).
 */
export function evaluate(text: string, names: Readonly<Record<string, number>>): number | undefined {
  const tokens = [...text.matchAll(/\?\d*|[A-Za-z_]\w*|\d+|[-+*/(),]/g)].map(([token]) => token);
  let next = 0;
  const take = (wanted: string): boolean => tokens[next] === wanted && next++ >= 0;
  const expect = (wanted: string): void => {
    if (!take(wanted)) throw new Error(`"${text}": "${wanted}" is missing at token ${next}`);
  };

  function sum(): number {
    let total = take("-") ? -term() : term();
    while (next < tokens.length) {
      if (take("+")) total += term();
      else if (take("-")) total -= term();
      else break;
    }
    return total;
  }
  function term(): number {
    let product = factor();
    while (take("*")) product *= factor();
    return product;
  }
  function factor(): number {
    if (take("(")) return closed(sum);
    const token = tokens[next++]!;
    if (/^\?\d/.test(token)) return NaN;
    if (token === "?") return factor();
    if (/^\d/.test(token)) return Number(token);
    if (!take("(")) return names[token] ?? NaN;
    return closed(() => {
      const left = sum();
      expect(token === "floor" ? "/" : ",");
      const right = sum();
      return token === "floor"
        ? Math.floor(left / right)
        : token === "min"
          ? Math.min(left, right)
          : Math.max(left, right);
    });
  }
  function closed(inner: () => number): number {
    const value = inner();
    expect(")");
    return value;
  }

  const value = sum();
  if (next < tokens.length) throw new Error(`"${text}" does not end after token ${next}`);
  return Number.isNaN(value) ? undefined : value + 0;
}

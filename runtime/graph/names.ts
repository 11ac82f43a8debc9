/** Names of values and of nodes; each is given once. */
export class Names {
  readonly #values = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #next = new Map<string, number>();

  /** Whether nothing else has the name of this value; from now on this one has. */
  take(name: string): boolean {
    if (this.#values.has(name)) return false;
    this.#values.add(name);
    return true;
  }

  /** The name wished for, or one close to it that no other value has. */
  give(wish: string): string {
    return this.#give(this.#values, wish, wish === "" ? "value" : wish);
  }

  /** A node's name: as wished for, or made of its operator. */
  giveNode(wish: string | undefined, opType: string): string {
    return wish === undefined || wish === ""
      ? this.#numbered(this.#nodes, opType)
      : this.#give(this.#nodes, wish, wish);
  }

  #give(taken: Set<string>, wish: string, stem: string): string {
    if (wish === "" || taken.has(wish)) return this.#numbered(taken, stem);
    taken.add(wish);
    return wish;
  }

  #numbered(taken: Set<string>, stem: string): string {
    let name: string;
    do {
      const serial = this.#next.get(stem) ?? 0;
      this.#next.set(stem, serial + 1);
      name = `${stem}_${serial}`;
    } while (taken.has(name));
    taken.add(name);
    return name;
  }
}

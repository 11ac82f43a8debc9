import { DatabaseSync } from "node:sqlite";

/** An event on its way to one sink. `sequence` grows by one with every event accepted for any sink of the node. */
export interface Parcel {
  sequence: number;
  body: string;
}

export interface OutboxOptions {
  /** Database file, or `:memory:`. */
  file: string;
  /** Most parcels kept; the oldest are given up beyond. */
  capacity: number;
}

/** Counts since the outbox was first made, so that they survive restarts. */
export interface OutboxCounts {
  accepted: number;
  delivered: number;
  /** Given up because the outbox was full. */
  overflowed: number;
  /** Given up because the sink refused them for good. */
  refused: number;
}

/**
 * Events that are accepted but not yet delivered, on disk: what `accept` returned from survives a kill of the process.
 * A SQLite database in WAL mode, synced at every transaction; rows go when delivered.
 */
export class Outbox implements Disposable {
  readonly #database: DatabaseSync;
  readonly #capacity: number;

  constructor({ file, capacity }: OutboxOptions) {
    this.#capacity = capacity;
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma secure_delete = on;
      create table if not exists parcel (sequence integer primary key autoincrement, sink text not null, body text not null);
      create index if not exists parcel_by_sink on parcel (sink, sequence);
      create table if not exists count (name text primary key, value integer not null);
    `);
  }

  /** Accepts one event for some sinks; `write` gives the body for the sequence number that each gets. */
  accept(sinks: readonly string[], write: (sequence: number) => string): void {
    this.#transaction(() => {
      for (const sink of sinks) {
        const { lastInsertRowid } = this.#database.prepare("insert into parcel (sink, body) values (?, '')").run(sink);
        const sequence = Number(lastInsertRowid);
        this.#database.prepare("update parcel set body = ? where sequence = ?").run(write(sequence), sequence);
      }
      this.#count("accepted", sinks.length);
      this.#overflow();
    });
  }

  /** The oldest parcels for a sink. */
  pending(sink: string, limit: number): Parcel[] {
    const rows = this.#database
      .prepare("select sequence, body from parcel where sink = ? order by sequence limit ?")
      .all(sink, limit);
    return rows.map((row) => ({ sequence: Number(row.sequence), body: String(row.body) }));
  }

  /** Takes parcels out: delivered, or refused by the sink for good. */
  settle(parcels: readonly Parcel[], outcome: "delivered" | "refused"): void {
    this.#transaction(() => {
      const remove = this.#database.prepare("delete from parcel where sequence = ?");
      const gone = parcels.reduce((sum, { sequence }) => sum + Number(remove.run(sequence).changes), 0);
      this.#count(outcome, gone);
    });
  }

  counts(): OutboxCounts {
    const rows = this.#database.prepare("select name, value from count").all();
    const counts: OutboxCounts = { accepted: 0, delivered: 0, overflowed: 0, refused: 0 };
    return Object.assign(counts, Object.fromEntries(rows.map((row) => [String(row.name), Number(row.value)])));
  }

  /** Parcels that wait. */
  get depth(): number {
    return Number(this.#database.prepare("select count(*) as depth from parcel").get()?.depth ?? 0);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #overflow(): void {
    const surplus = this.depth - this.#capacity;
    if (surplus <= 0) return;
    const oldest = "delete from parcel where sequence in (select sequence from parcel order by sequence limit ?)";
    this.#database.prepare(oldest).run(surplus);
    this.#count("overflowed", surplus);
  }

  #count(name: keyof OutboxCounts, by: number): void {
    const sum =
      "insert into count (name, value) values (?, ?) on conflict (name) do update set value = value + excluded.value";
    this.#database.prepare(sum).run(name, by);
  }

  #transaction(work: () => void): void {
    this.#database.exec("begin immediate");
    try {
      work();
      this.#database.exec("commit");
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
  }
}

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { EventNumber } from "./event.ts";

/** An event on its way to one sink. */
export interface Parcel {
  /** Grows by one with every event accepted for any sink of the node. */
  sequence: number;
  body: string;
}

export interface OutboxOptions {
  /** Database file, or `:memory:`. */
  file: string;
  /** Most parcels kept; the oldest are given up beyond. */
  capacity: number;
}

/** An event for one sink; `write` makes its body from its number. */
export interface Letter {
  sink: string;
  write: (number: EventNumber) => string;
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

/** Milliseconds to wait for another process that still has the file, such as a pod that is being replaced. */
const patience = 5_000;
/** What SQLite answers for a file that is damaged, or is no database: SQLITE_CORRUPT, SQLITE_NOTADB. */
const damage: ReadonlySet<unknown> = new Set([11, 26]);

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma secure_delete = on;
  create table if not exists parcel (sequence integer primary key autoincrement, sink text not null, body text not null);
  create index if not exists parcel_by_sink on parcel (sink, sequence);
  create table if not exists count (name text primary key, value integer not null);
  create table if not exists outbox (name text not null);
`;

/**
 * Events that are accepted but not yet delivered, on disk: what `accept` returned from survives a kill of the process.
 * A SQLite database in WAL mode, synced when events are accepted; rows go, and are overwritten, when delivered.
 */
export class Outbox implements Disposable {
  /** Names this outbox in the ids of its events. */
  readonly name: string;
  /** Whether the file was damaged and had to be given up, with all that waited in it. */
  readonly beganAnew: boolean;
  readonly #database: DatabaseSync;
  readonly #capacity: number;
  readonly #statements: Statements;
  readonly #counts: OutboxCounts;
  #depth: number;

  /** @throws Error when the file can neither be read nor made. */
  constructor({ file, capacity }: OutboxOptions) {
    this.#capacity = capacity;
    [this.#database, this.beganAnew] = openDatabase(file);
    this.#statements = prepare(this.#database);
    this.#depth = Number(this.#statements.depth.get()?.depth ?? 0);
    this.#counts = readCounts(this.#statements);
    this.name = this.#readName();
  }

  /** Accepts events, all of them or none: when this returns they are on the disk. @throws Error when they cannot be. */
  accept(letters: readonly Letter[]): void {
    if (letters.length === 0) return;
    const { insert, write } = this.#statements;
    const surplus = Math.max(0, this.#depth + letters.length - this.#capacity);
    this.#transaction({ accepted: letters.length, overflowed: surplus }, () => {
      for (const letter of letters) {
        const sequence = Number(insert.run(letter.sink).lastInsertRowid);
        write.run(letter.write({ sequence, outbox: this.name }), sequence);
      }
      if (surplus > 0) this.#statements.dropOldest.run(surplus);
    });
    this.#depth += letters.length - surplus;
  }

  /** The oldest parcels for a sink. */
  pending(sink: string, limit: number): Parcel[] {
    const rows = this.#statements.pending.all(sink, limit);
    return rows.map((row) => ({ sequence: Number(row.sequence), body: String(row.body) }));
  }

  /**
   * Takes a parcel out, if it is still there: delivered, or refused by the sink for good. Not synced: a power loss may
   * bring it back, and it is delivered again.
   */
  settle({ sequence }: Pick<Parcel, "sequence">, outcome: "delivered" | "refused"): void {
    if (this.#statements.find.get(sequence) === undefined) return;
    this.#database.exec("pragma synchronous = normal");
    try {
      this.#transaction({ [outcome]: 1 }, () => this.#statements.remove.run(sequence));
    } finally {
      this.#database.exec("pragma synchronous = full");
    }
    this.#depth -= 1;
  }

  get counts(): OutboxCounts {
    return { ...this.#counts };
  }

  /** Sinks for which parcels wait. */
  sinks(): string[] {
    return this.#statements.sinks.all().map((row) => String(row.sink));
  }

  /** Parcels that wait. */
  get depth(): number {
    return this.#depth;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #readName(): string {
    const known = this.#statements.name.get();
    if (known !== undefined) return String(known.name);
    const name = randomBytes(6).toString("hex");
    this.#transaction({}, () => this.#statements.baptize.run(name));
    return name;
  }

  /** All of the work and its counts, or nothing. */
  #transaction(counts: Partial<OutboxCounts>, work: () => void): void {
    const entries = Object.entries(counts) as [keyof OutboxCounts, number][];
    this.#database.exec("begin immediate");
    try {
      work();
      for (const [name, by] of entries) this.#statements.count.run(name, by);
      this.#database.exec("commit");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw error;
    }
    for (const [name, by] of entries) this.#counts[name] += by;
  }
}

function readCounts({ counts }: Statements): OutboxCounts {
  const rows = counts.all().map((row) => [String(row.name), Number(row.value)] as const);
  return { accepted: 0, delivered: 0, overflowed: 0, refused: 0, ...Object.fromEntries(rows) };
}

/** A damaged file is given up: what it held cannot be read, and what comes next should not be lost as well. */
function openDatabase(file: string): [database: DatabaseSync, beganAnew: boolean] {
  try {
    return [open(file), false];
  } catch (error) {
    if (!damage.has((error as { errcode?: unknown }).errcode)) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    return [open(file), true];
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: patience });
  try {
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const statement = (sql: string): StatementSync => database.prepare(sql);
  return {
    insert: statement("insert into parcel (sink, body) values (?, '')"),
    write: statement("update parcel set body = ? where sequence = ?"),
    pending: statement("select sequence, body from parcel where sink = ? order by sequence limit ?"),
    find: statement("select 1 from parcel where sequence = ?"),
    remove: statement("delete from parcel where sequence = ?"),
    dropOldest: statement(
      "delete from parcel where sequence in (select sequence from parcel order by sequence limit ?)",
    ),
    depth: statement("select count(*) as depth from parcel"),
    sinks: statement("select distinct sink from parcel"),
    count: statement(
      "insert into count (name, value) values (?, ?) on conflict (name) do update set value = value + excluded.value",
    ),
    counts: statement("select name, value from count"),
    name: statement("select name from outbox"),
    baptize: statement("insert into outbox (name) values (?)"),
  };
}

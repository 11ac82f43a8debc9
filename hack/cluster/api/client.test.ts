import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority } from "../certificates.ts";
import { reflect } from "../node/reflector.ts";
import { type ApiClient, createApiClient, isApiError } from "./client.ts";
import type { ConfigMap } from "./wire.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let client: ApiClient;
/** What the server does with the requests to come, one after the other; then it refuses. */
let script: Answer[] = [];
const asked: string[] = [];

beforeAll(async () => {
  const authority = await createAuthority("test", new Date());
  const { certificate: cert, key } = await authority.issueServer("server", { ip: ["127.0.0.1"] });
  server = createServer({ cert, key }, (request, response) => {
    asked.push(`${request.method} ${decodeURIComponent(request.url ?? "")}`);
    (script.shift() ?? refuse(500, "Down"))(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createApiClient({
    server: address,
    authority: authority.certificate,
    ...(await authority.issueClient({ name: "u" })),
  });
});

beforeEach(() => {
  script = [];
  asked.length = 0;
});

afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

const say =
  (body: object): Answer =>
  (_, response) =>
    void response.end(JSON.stringify(body));

function refuse(status: number, reason: string): Answer {
  const message = `because ${reason}`;
  return (_, response) => void response.writeHead(status).end(JSON.stringify({ kind: "Status", reason, message }));
}

const named = (name: string, resourceVersion: string): ConfigMap => ({ metadata: { name, resourceVersion } });
const list = (resourceVersion: string, ...items: ConfigMap[]) => say({ metadata: { resourceVersion }, items });

/** A watch that gives events and then either ends in good order or is cut off. */
function watch(end: "ends" | "is cut", ...events: object[]): Answer {
  return (_, response) => {
    for (const event of events) response.write(`${JSON.stringify(event)}\n`);
    if (end === "ends") response.end();
    else setImmediate(() => response.destroy());
  };
}

describe("a request", () => {
  test("carries its body and content type, and returns the answer", async () => {
    script = [
      async (request, response) => {
        response.end(JSON.stringify({ type: request.headers["content-type"], body: await text(request) }));
      },
    ];
    const answer = await client.patch("/x", "application/merge-patch+json", { a: "ä" });
    expect(answer).toEqual({ type: "application/merge-patch+json", body: '{"a":"ä"}' });
  });

  test("that is refused says what the API server says", async () => {
    script = [refuse(404, "NotFound")];
    const error = await client.get("/x").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ApiError", status: 404, reason: "NotFound", message: "because NotFound" });
    expect(isApiError(error, 404, 410)).toBe(true);
    expect(isApiError(error, 409)).toBe(false);
  });

  test("that is refused by something else than an API server says what came", async () => {
    script = [(_, response) => void response.writeHead(502).end("<html>bad gateway</html>")];
    await expect(client.get("/x")).rejects.toThrow("GET /x answered 502: <html>bad gateway</html>");
  });
});

describe("a reflector", () => {
  /** Follows until `count` things were told, and returns them. */
  async function told(count: number): Promise<string[]> {
    const said: string[] = [];
    const done = new AbortController();
    const tell = (word: string) => {
      said.push(word);
      if (said.length === count) done.abort();
    };
    const handlers = {
      onList: (all: ConfigMap[]) => tell(`list ${all.map((each) => each.metadata?.name).join(",")}`),
      onSet: ({ metadata }: ConfigMap) => tell(`set ${metadata?.name}`),
      onDelete: ({ metadata }: ConfigMap) => tell(`delete ${metadata?.name}`),
    };
    await reflect<ConfigMap & { metadata: object }>(client, "/things", "metadata.name=a", handlers, done.signal);
    return said;
  }

  test("lists, and watches on from the list's version and from the last one seen", async () => {
    script = [
      list("5", named("a", "4")),
      watch("ends", { type: "MODIFIED", object: named("a", "6") }, { type: "BOOKMARK", object: named("", "9") }),
      watch("ends", { type: "DELETED", object: named("a", "10") }),
    ];
    expect(await told(3)).toEqual(["list a", "set a", "delete a"]);
    const base = "GET /things?fieldSelector=metadata.name=a";
    const watching = `${base}&watch=true&allowWatchBookmarks=true&resourceVersion`;
    expect(asked.slice(0, 3)).toEqual([base, `${watching}=5`, `${watching}=9`]);
  });

  test.each([
    [
      "its watch is cut off",
      watch("is cut", { type: "ADDED", object: named("b", "6") }),
      ["list a", "set b", "list c"],
    ],
    [
      "its version is too old",
      watch("ends", { type: "ERROR", object: { metadata: {}, code: 410 } }),
      ["list a", "list c"],
    ],
    ["its watch is refused", refuse(403, "Forbidden"), ["list a", "list c"]],
  ])("lists again when %s", async (_, answer, expected) => {
    script = [list("5", named("a", "4")), answer, list("7", named("c", "7"))];
    expect(await told(expected.length)).toEqual(expected);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "./clock.fake.ts";
import { loadConnection } from "./kubeconfig.ts";

let folder: string;

function configOf(user: object, cluster: object = {}): string {
  return JSON.stringify({
    "current-context": "here",
    contexts: [
      { name: "here", context: { cluster: "c", user: "u" } },
      { name: "nowhere", context: { cluster: "missing", user: "u" } },
    ],
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function load(config: string, clock = new FakeClock(), context?: string) {
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, config);
  return loadConnection({ env: {}, kubeconfig, context }, clock);
}

describe("a kubeconfig", () => {
  test("gives certificates, and the server without its trailing slash", async () => {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const user = { "client-certificate-data": base64("cert"), "client-key-data": base64("key") };
    const connection = await load(
      configOf(user, { "certificate-authority-data": base64("ca"), "tls-server-name": "api" }),
    );
    const { server, tls, headers } = await connection.credentials();
    expect([server, String(tls.ca), String(tls.cert), String(tls.key), tls.servername, headers]).toEqual([
      "https://127.0.0.1:6443",
      "ca",
      "cert",
      "key",
      "api",
      {},
    ]);
  });

  test("gives a token", async () => {
    const connection = await load(configOf({ token: "secret" }));
    expect((await connection.credentials()).headers).toEqual({ authorization: "Bearer secret" });
  });

  test("gives a name and a password", async () => {
    const connection = await load(configOf({ username: "me", password: "pass" }));
    expect((await connection.credentials()).headers.authorization).toBe(
      `Basic ${Buffer.from("me:pass").toString("base64")}`,
    );
  });

  test("gives the token that is in a file now, not the one that was", async () => {
    const clock = new FakeClock();
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "first\n");
    const connection = await load(configOf({ "auth-provider": { name: "tokenFile", config: { tokenFile } } }), clock);
    expect((await connection.credentials()).headers.authorization).toBe("Bearer first");
    await writeFile(tokenFile, "second\n");
    await clock.advance(10_000);
    expect((await connection.credentials()).headers.authorization).toBe("Bearer second");
  });

  test("makes its own way to a cluster behind a proxy, and none to another", async () => {
    expect((await load(configOf({ token: "t" }))).dispatcher).toBeUndefined();
    const connection = await load(configOf({ token: "t" }, { "proxy-url": "http://127.0.0.1:3128" }));
    const dispatcher = await connection.dispatcher!(await connection.credentials());
    await dispatcher.close();
  });

  test("says which context has no cluster", async () => {
    await expect((await load(configOf({}), new FakeClock(), "nowhere")).credentials()).rejects.toThrow(
      'context "nowhere"',
    );
  });

  test("is not looked for in a pod", async () => {
    const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const connection = await loadConnection({ env, root: folder }, new FakeClock());
    await expect(connection.credentials()).rejects.toThrow("/var/run/secrets/kubernetes.io/serviceaccount/");
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FakeClock } from "../../operator/kit/clock.fake.ts";
import { openConnection } from "./connection.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "account-"));
  await writeFile(join(folder, "token"), "first\n");
  await writeFile(join(folder, "ca.crt"), "authority");
});
afterEach(() => rm(folder, { recursive: true }));

const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443", KUBECONFIG: "/does/not/exist" };

describe("the connection of a runtime", () => {
  test("is that of the folder that is named, whatever KUBECONFIG says, and follows the token as it is replaced", async () => {
    const clock = new FakeClock();
    const connection = await openConnection({ env, serviceAccount: folder, kubeconfig: undefined }, clock);
    const tokens: (string | undefined)[] = [];
    for (const token of ["second", "third"]) {
      tokens.push((await connection.credentials()).headers.authorization);
      await writeFile(join(folder, "token"), token);
      await clock.advance(11_000);
    }
    const { server, headers, tls } = await connection.credentials();
    expect([...tokens, headers.authorization]).toEqual(["Bearer first", "Bearer second", "Bearer third"]);
    expect([server, String(tls.ca)]).toEqual(["https://[fd00::1]:6443", "authority"]);
  });

  test("is not to be had from a folder outside of a pod", async () => {
    const options = { env: {}, serviceAccount: folder, kubeconfig: undefined };
    await expect(openConnection(options, new FakeClock())).rejects.toThrow("KUBERNETES_SERVICE_HOST");
  });

  test("is that of a kubeconfig that is named, before all else", async () => {
    const options = { env, serviceAccount: folder, kubeconfig: join(folder, "absent.yaml") };
    await expect(openConnection(options, new FakeClock())).rejects.toThrow("absent.yaml");
  });
});

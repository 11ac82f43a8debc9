import type { RequestOptions } from "node:https";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "@jest/globals";
import { execCredential, kubeconfigWithCertificate, kubeconfigWithCredentialFile } from "./kubeconfig.ts";

const options = { server: "https://127.9.0.1:6443", authority: "CA", user: "someone", namespace: "lab" };

test("the JavaScript client reads a certificate kubeconfig", () => {
  const config = new KubeConfig();
  config.loadFromString(kubeconfigWithCertificate(options, { certificate: "CERT", key: "KEY" }));
  expect(config.getCurrentCluster()).toMatchObject({ server: options.server, caData: btoa("CA") });
  expect(config.getCurrentUser()).toMatchObject({ name: "someone", certData: btoa("CERT"), keyData: btoa("KEY") });
  expect(config.getContextObject(config.getCurrentContext())?.namespace).toBe("lab");
});

test("the JavaScript client reads the credential file again when its token has expired", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  const file = join(folder, "credential.json");
  const config = new KubeConfig();
  config.loadFromString(kubeconfigWithCredentialFile(options, file));
  const bearer = async () => {
    const request: RequestOptions = {};
    await config.applyToHTTPSOptions(request);
    return (request.headers as Record<string, string>).Authorization;
  };
  await writeFile(file, execCredential("first", new Date(Date.now() - 1_000)));
  expect(await bearer()).toBe("Bearer first");
  await writeFile(file, execCredential("second", new Date(Date.now() + 60_000)));
  expect(await bearer()).toBe("Bearer second");
  await rm(folder, { recursive: true });
});

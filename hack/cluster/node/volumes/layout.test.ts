import { expect, test } from "@jest/globals";
import type { Pod, Volume } from "../../api/wire.ts";
import { type Contents, keyOf, type Reference } from "../pod/references.ts";
import { tokenKey, volumeFiles } from "./layout.ts";

const objects: Record<string, Contents> = {
  "ConfigMap/settings": new Map([
    ["a", Buffer.from("1")],
    ["b", Buffer.from([0, 255])],
  ]),
  "Secret/key": new Map([["password", Buffer.from("p")]]),
};
const pod: Pod = {
  metadata: { name: "p", namespace: "lab", labels: { x: "y" } },
  spec: { containers: [{ name: "c" }] },
};
const inputs = {
  pod,
  placement: { podIP: "127.1.1.2", hostIP: "127.1.1.1", allocatable: { cpu: "6" } },
  lookup: (reference: Reference) => objects[keyOf(reference)],
  token: (key: string) => (key === tokenKey({ expirationSeconds: 3607 }) ? "TOKEN" : undefined),
};

/** Each file as `path mode content`. */
function files(volume: Omit<Volume, "name">): string[] | undefined {
  const found = volumeFiles({ name: "v", ...volume }, inputs);
  return (
    found && [...found].map(([path, { mode, content }]) => `${path} ${mode.toString(8)} ${content.toString("latin1")}`)
  );
}

test.each([
  ["a ConfigMap: every key, text or bytes", { configMap: { name: "settings" } }, ["a 644 1", "b 644 \u0000\u00ff"]],
  [
    "chosen keys under other names, with modes of their own",
    {
      configMap: {
        name: "settings",
        defaultMode: 0o600,
        items: [
          { key: "a", path: "deep/x" },
          { key: "b", path: "y", mode: 0o400 },
        ],
      },
    },
    ["deep/x 600 1", "y 400 \u0000\u00ff"],
  ],
  ["a Secret", { secret: { secretName: "key", defaultMode: 0o400 } }, ["password 400 p"]],
  ["what is optional and missing: nothing", { secret: { secretName: "nobody", optional: true } }, []],
  [
    "an optional key that is missing: nothing",
    { secret: { secretName: "key", optional: true, items: [{ key: "z", path: "z" }] } },
    [],
  ],
  [
    "fields of the pod",
    {
      downwardAPI: {
        items: [
          { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
          { path: "cpu", resourceFieldRef: { containerName: "c", resource: "limits.cpu" } },
        ],
      },
    },
    ['labels 644 x="y"', "cpu 644 6"],
  ],
  [
    "the projected volume that every pod gets",
    {
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
          { configMap: { name: "settings", items: [{ key: "a", path: "ca.crt" }] } },
          { secret: { name: "key" } },
          { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
      },
    },
    ["token 644 TOKEN", "ca.crt 644 1", "password 644 p", "namespace 644 lab"],
  ],
  ["a projected volume of nothing", { projected: { sources: null as never } }, []],
  ["a volume that is made of no object", { emptyDir: {} }, undefined],
])("the files of %s", (_, volume, expected) => {
  expect(files(volume)).toEqual(expected);
});

test.each([
  ["a missing Secret", { secret: { secretName: "nobody" } }, 'secret "nobody" not found'],
  [
    "a missing key",
    { configMap: { name: "settings", items: [{ key: "z", path: "z" }] } },
    'configmap "settings" has no key z',
  ],
  [
    "a token that has not been issued",
    { projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
    "has not been issued",
  ],
  ["an unknown projection", { projected: { sources: [{}] } }, "has a source that a process node does not know"],
])("%s is said by name", (_, volume, message) => {
  expect(() => files(volume)).toThrow(message);
});

import { expect, test } from "@jest/globals";
import type { Container, Pod } from "../../api/wire.ts";
import { resolveEnvironment } from "./environment.ts";
import { type Contents, keyOf, type Reference, referencesOf } from "./references.ts";

const objects: Record<string, Contents> = {
  "ConfigMap/settings": new Map([
    ["MODE", Buffer.from("fast")],
    ["level", Buffer.from("3")],
  ]),
  "Secret/key": new Map([["password", Buffer.from("s3cret")]]),
};
const lookup = (reference: Reference) => objects[keyOf(reference)];
const placement = { podIP: "127.1.1.2", hostIP: "127.1.1.1", allocatable: { cpu: "6" } };

function resolve(fields: Partial<Container>, image: Record<string, string> = {}) {
  const container = { name: "main", ...fields };
  const pod: Pod = { metadata: { name: "p" }, spec: { containers: [container] } };
  return Object.fromEntries(resolveEnvironment({ container, pod, placement, lookup, image }));
}

test("the image's variables are there, and the pod's own win over them and over envFrom", () => {
  const fields = { envFrom: [{ configMapRef: { name: "settings" } }], env: [{ name: "MODE", value: "slow" }] };
  expect(resolve(fields, { MODE: "none", HOME: "/app" })).toEqual({ MODE: "slow", HOME: "/app", level: "3" });
});

test("a later variable may use an earlier one, and not the other way round", () => {
  const env = [
    { name: "EARLY", value: "$(LATE)" },
    { name: "LATE", value: "late" },
    { name: "BOTH", value: "$(EARLY)-$(LATE)" },
  ];
  expect(resolve({ env })).toEqual({ EARLY: "$(LATE)", LATE: "late", BOTH: "$(LATE)-late" });
});

test("keys of ConfigMaps and Secrets, prefixes, fields and resources are resolved", () => {
  expect(
    resolve({
      envFrom: [{ prefix: "KEY_", secretRef: { name: "key" } }],
      env: [
        { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "key", key: "password" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      ],
    }),
  ).toEqual({ KEY_password: "s3cret", LEVEL: "3", PASSWORD: "s3cret", IP: "127.1.1.2", CPU: "6" });
});

test("what is optional and missing leaves no variable", () => {
  const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "key", key: "other", optional: true } } }];
  expect(resolve({ env, envFrom: [{ configMapRef: { name: "nobody", optional: true } }] })).toEqual({});
});

test.each([
  ["a missing Secret", { envFrom: [{ secretRef: { name: "nobody" } }] }, 'secret "nobody" not found'],
  [
    "a missing key",
    { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "b" } } }] },
    "couldn't find key b in ConfigMap settings",
  ],
  [
    "an unknown field",
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.mood" } } }] },
    "variable A refers to",
  ],
])("%s is said by name", (_, fields, message) => {
  expect(() => resolve(fields)).toThrow(message);
});

test("every ConfigMap and Secret that a pod names is found, once", () => {
  const pod: Pod = {
    metadata: {},
    spec: {
      initContainers: [{ name: "i", envFrom: [{ configMapRef: { name: "a" } }] }],
      containers: [
        {
          name: "c",
          env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
          envFrom: [{ configMapRef: { name: "a" } }],
        },
      ],
      volumes: [
        { name: "v1", configMap: { name: "a" } },
        { name: "v2", secret: { secretName: "t" } },
        { name: "v3", projected: { sources: [{ configMap: { name: "b" } }, { secret: { name: "u" } }] } },
        { name: "v4", emptyDir: {} },
      ],
    },
  };
  expect(referencesOf(pod).map(keyOf).sort()).toEqual([
    "ConfigMap/a",
    "ConfigMap/b",
    "Secret/s",
    "Secret/t",
    "Secret/u",
  ]);
});

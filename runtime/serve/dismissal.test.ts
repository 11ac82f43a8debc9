import { expect, test } from "@jest/globals";
import { ApiError } from "../../operator/kit/api-error.ts";
import type { Client } from "../../operator/kit/client.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { isDismissed } from "./dismissal.ts";

const log = createLogger({ name: "test", level: "silent" });
const metadata = { name: "orin-1", namespace: "facefleet", uid: "u", resourceVersion: "1" };
const holding = (...items: object[]) => Promise.resolve({ items, resourceVersion: "1" });
const failing = (kind: "NotFound" | "Forbidden" | "Unreachable") => Promise.reject(new ApiError("list", { kind }));

test.each<[string, () => Promise<object>, boolean]>([
  ["is not there", () => holding(), true],
  ["is about to go", () => holding({ metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }), true],
  ["is there", () => holding({ metadata }), false],
  ["is of a kind that the server does not have just now", () => failing("NotFound"), false],
  ["may not be read any more", () => failing("Forbidden"), false],
  ["cannot be asked for", () => failing("Unreachable"), false],
])("a node whose NodeRuntime %s is dismissed, or not", async (_, answer, wanted) => {
  const asked: unknown[] = [];
  const list = ((_: unknown, options: unknown) => (asked.push(options), answer())) as Client["list"];
  const client = { list };
  expect(await isDismissed({ client, node: "orin-1", namespace: "facefleet", log })).toBe(wanted);
  expect(asked).toMatchObject([{ namespace: "facefleet", fieldSelector: "metadata.name=orin-1" }]);
});

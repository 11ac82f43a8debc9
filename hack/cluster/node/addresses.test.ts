import { expect, test } from "@jest/globals";
import { maxPodsPerNode } from "../network.ts";
import { AddressPool } from "./addresses.ts";

test("an address is given to one pod at a time, and one given back comes last", () => {
  const pool = new AddressPool("127.4.1.1");
  const all = Array.from({ length: maxPodsPerNode }, () => pool.take());
  expect(new Set(all).size).toBe(maxPodsPerNode);
  expect(() => pool.take()).toThrow("no pod address left");
  pool.giveBack(all[7]!);
  expect(pool.take()).toBe(all[7]);
});

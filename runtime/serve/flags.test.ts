import { describe, expect, test } from "@jest/globals";
import { BadFlag } from "../../operator/kit/flags.ts";
import { parseServeFlags } from "./flags.ts";

const needed = ["--node=orin-1", "--namespace=doors"];

describe("the flags of serve", () => {
  test("have defaults for all but node and namespace", () => {
    expect(parseServeFlags(needed)).toEqual({
      node: "orin-1",
      namespace: "doors",
      store: "/var/lib/facefleet",
      secrets: "/etc/facefleet/secrets",
      listen: { host: "0.0.0.0", port: 8080 },
      evidenceInterval: 30_000,
      serviceAccount: undefined,
      kubeconfig: undefined,
    });
  });

  test.each([
    ["10.1.2.3:9000", { host: "10.1.2.3", port: 9000 }],
    ["[fd00::7]:0", { host: "fd00::7", port: 0 }],
  ])("take an address to listen on: %s", (listen, address) => {
    expect(parseServeFlags([...needed, `--listen=${listen}`])).toMatchObject({ listen: address });
  });

  test("may ask for help without anything else", () => {
    expect(parseServeFlags(["--help"])).toBe("help");
  });

  test.each([
    ["no node", ["--namespace=doors"], "--node is missing: give the name of the node"],
    ["an empty namespace", ["--node=a", "--namespace="], "--namespace is missing"],
    [
      "an address without a port",
      [...needed, "--listen=localhost"],
      "--listen=localhost is no address: give HOST:PORT",
    ],
    ["a port that is none", [...needed, "--listen=localhost:70000"], "--listen=localhost:70000 is no address"],
    ["a duration that is none", [...needed, "--evidence-interval=soon"], '--evidence-interval="soon" is no duration'],
    ["an unknown flag", [...needed, "--colour=red"], "serve --node=NAME"],
  ])("are refused with %s", (_, args, words) => {
    expect(() => parseServeFlags(args)).toThrow(BadFlag);
    expect(() => parseServeFlags(args)).toThrow(words);
  });
});

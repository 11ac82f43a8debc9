import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ProbeTarget, runCheck } from "./probe.ts";

const server = createServer((request, response) => {
  if (request.url === "/silent") return;
  response.writeHead(request.headers["x-token"] === "yes" ? 200 : 503).end();
});
let target: ProbeTarget;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const containerPort = (server.address() as AddressInfo).port;
  const launch = {
    command: [],
    environment: { PATH: process.env.PATH ?? "" },
    workingDirectory: "/",
    mappings: [{ containerPath: "/mnt", realPath: "/" }],
  };
  target = { container: { name: "main", ports: [{ name: "web", containerPort }] }, podIP: "127.0.0.1", launch };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const token = [{ name: "x-token", value: "yes" }];

test.each([
  ["an answer below 400", { httpGet: { port: "web", httpHeaders: token } }],
  ["a connection", { tcpSocket: { port: "web" } }],
  ["exit code 0, with paths as in the container", { exec: { command: ["/mnt/bin/sh", "-c", "test -d /mnt/tmp"] } }],
])("%s is a success", async (_, check) => {
  expect(await runCheck(check, target, 5_000)).toEqual({ result: "success" });
});

test.each([
  ["an answer of 503", { httpGet: { port: "web" } }, "statuscode: 503"],
  ["nobody there", { httpGet: { port: 1 } }, "ECONNREFUSED"],
  ["nobody at the socket", { tcpSocket: { port: 1 } }, "ECONNREFUSED"],
  ["an unknown port name", { httpGet: { port: "metrics" } }, "no port named metrics"],
  ["another exit code", { exec: { command: ["/bin/sh", "-c", "echo broken; exit 3"] } }, "exit code 3: broken"],
  ["a check of another kind", { grpc: { port: 1 } }, "knows httpGet, tcpSocket and exec only"],
])("%s is a failure that says why", async (_, check, message) => {
  expect(await runCheck(check, target, 5_000)).toEqual({
    result: "failure",
    message: expect.stringContaining(message),
  });
});

test.each([
  ["silence", { httpGet: { port: "web", path: "/silent" } }],
  ["a command that does not end", { exec: { command: ["/bin/sh", "-c", "sleep 1000"] } }],
])("%s is a failure when the time is up", async (_, check) => {
  expect(await runCheck(check, target, 100)).toEqual({ result: "failure", message: "no answer within 0.1 s" });
});

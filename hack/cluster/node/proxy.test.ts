import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ApiServerProxy } from "./proxy.ts";

let server: Server;
let proxy: ApiServerProxy;
let port: number;

/** A server that says everything back, and a proxy before it. */
beforeEach(async () => {
  server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  port = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  const target = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  proxy = new ApiServerProxy({ host: "127.0.0.1", port }, target);
  await proxy.become("connected");
});

afterEach(async () => {
  await proxy.become("refused");
  server.close();
});

async function open(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.on("error", () => undefined);
  return socket;
}

async function echo(socket: Socket, word: string): Promise<string> {
  socket.write(word);
  const [answer] = (await once(socket, "data")) as [Buffer];
  return answer.toString();
}

test("what is said through it is answered", async () => {
  expect(await echo(await open(), "hello")).toBe("hello");
});

test("when it refuses, open connections end and new ones are refused, until it connects again", async () => {
  const socket = await open();
  await echo(socket, "hello");
  const closed = once(socket, "close");
  await proxy.become("refused");
  await closed;
  await expect(open()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.become("connected");
  expect(await echo(await open(), "again")).toBe("again");
});

test("in a black hole connections stay open and say nothing, and end when the hole is gone", async () => {
  const old = await open();
  await echo(old, "hello");
  await proxy.become("blackholed");
  const both = [old, await open()];
  const heard: string[] = [];
  for (const socket of both) {
    socket.on("data", (data: Buffer) => heard.push(data.toString()));
    socket.write("anyone?");
  }
  expect(both.map((socket) => socket.closed)).toEqual([false, false]);
  const closed = both.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  await proxy.become("connected");
  await Promise.all(closed);
  expect(heard).toEqual([]);
  expect(await echo(await open(), "again")).toBe("again");
});

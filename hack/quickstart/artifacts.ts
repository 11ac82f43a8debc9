import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { listening, type LocalServer } from "./local-server.ts";

/**
 * Serves files by name over HTTP, as a bucket would.
 * @param files path on the disk by name.
 */
export async function serveArtifacts(files: ReadonlyMap<string, string>): Promise<LocalServer> {
  const server = createServer((request, response) => {
    const path = files.get((request.url ?? "/").slice(1));
    if (path === undefined) response.writeHead(404).end();
    else send(path, response).catch(() => response.destroy());
  });
  return listening(server);
}

async function send(path: string, response: ServerResponse): Promise<void> {
  const { size } = await stat(path);
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size });
  await pipeline(createReadStream(path), response);
}

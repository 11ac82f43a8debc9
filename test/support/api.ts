import { readFile } from "node:fs/promises";
import { Agent, request, type Dispatcher } from "undici";
import { parse } from "yaml";

/** An answer of the API server, refusals included: tests look at them. */
export interface Reply<Body = unknown> {
  status: number;
  body: Body;
  /** The message of a refusal. */
  message: string;
  /** Texts of the Warning headers. */
  warnings: string[];
}

/** Calls an API server as one caller. */
export interface Api {
  send<Body>(method: Dispatcher.HttpMethod, path: string, body?: object, contentType?: string): Promise<Reply<Body>>;
  /** The same server called with a token instead. */
  withToken(token: string): Api;
  close(): Promise<void>;
}

interface Credentials {
  ca: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
}

/** The API server that a kubeconfig of the local cluster names, called by the user it holds. */
export async function apiOf(kubeconfig: string): Promise<Api> {
  const { clusters, users } = parse(await readFile(kubeconfig, "utf8")) as Kubeconfig;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return createApi(cluster.server, {
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  });
}

function createApi(server: string, credentials: Credentials, token?: string): Api {
  const dispatcher = new Agent({ connect: { ...credentials } });
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = async (method: Dispatcher.HttpMethod, path: string, body?: object, type = "application/json") => {
    const headers = { accept: "application/json", ...authorization, ...(body && { "content-type": type }) };
    const content = body ? JSON.stringify(body) : null;
    return replyOf(await request(new URL(path, server), { dispatcher, method, headers, body: content }));
  };
  return {
    send: send as Api["send"],
    withToken: (other) => createApi(server, { ca: credentials.ca }, other),
    close: () => dispatcher.close(),
  };
}

async function replyOf(response: Dispatcher.ResponseData): Promise<Reply> {
  const body = (await response.body.json()) as { message?: string };
  const refused = response.statusCode >= 300;
  return {
    status: response.statusCode,
    body,
    message: refused ? (body.message ?? "") : "",
    warnings: [response.headers.warning ?? []].flat(),
  };
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}

/** Content type of server-side apply; JSON is YAML. */
export const applyPatch = "application/apply-patch+yaml";
export const mergePatch = "application/merge-patch+json";

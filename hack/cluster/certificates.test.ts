import { X509Certificate } from "node:crypto";
import { createServer, connect, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { beforeAll, expect, test } from "@jest/globals";
import { type CertificateAuthority, createAuthority } from "./certificates.ts";

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createAuthority("test", new Date());
});

test("a client certificate names its user and the user's groups, and the authority signed it", async () => {
  const { certificate } = await authority.issueClient({ name: "system:node:a", groups: ["system:nodes", "others"] });
  const parsed = new X509Certificate(certificate);
  expect(parsed.subject.split("\n").sort()).toEqual(["CN=system:node:a", "O=others", "O=system:nodes"]);
  expect(parsed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(parsed.ca).toBe(false);
});

test("a server certificate holds for its addresses and names, and for no others", async () => {
  const parsed = new X509Certificate(
    (await authority.issueServer("s", { dns: ["kubernetes"], ip: ["127.3.0.1"] })).certificate,
  );
  expect(parsed.checkIP("127.3.0.1")).toBe("127.3.0.1");
  expect(parsed.checkIP("127.3.0.2")).toBeUndefined();
  expect(parsed.checkHost("kubernetes")).toBe("kubernetes");
});

test("both ends of a TLS connection trust what the authority has issued, and not what another has", async () => {
  const serving = await authority.issueServer("server", { ip: ["127.0.0.1"] });
  const server = createServer({
    cert: serving.certificate,
    key: serving.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stranger = await createAuthority("stranger", new Date());
  const isTrusted = async (issuer: CertificateAuthority) => {
    const { certificate: cert, key } = await issuer.issueClient({ name: "client" });
    const { port } = server.address() as AddressInfo;
    const seen = once(server, "secureConnection") as Promise<[TLSSocket]>;
    const client = connect({ host: "127.0.0.1", port, ca: authority.certificate, cert, key });
    client.on("error", () => undefined);
    const [connection] = await seen;
    client.destroy();
    return connection.authorized;
  };
  expect(await isTrusted(authority)).toBe(true);
  expect(await isTrusted(stranger)).toBe(false);
  server.close();
});

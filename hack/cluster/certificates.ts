import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMilliseconds = 365 * 24 * 3600 * 1000;
/** Clocks of one machine agree; this only covers a clock that is set back while a cluster runs. */
const backdateMilliseconds = 3600 * 1000;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface CertificateAuthority {
  /** The authority's own certificate, PEM. */
  readonly certificate: string;
  /** The authority's private key, PEM: the controller manager signs requests with it. */
  readonly key: string;
  /** A certificate that proves to the API server who its holder is. */
  issueClient(user: User): Promise<KeyPair>;
  /** A certificate for a server at these addresses and names. */
  issueServer(commonName: string, names: ServerNames): Promise<KeyPair>;
}

/** A user of the API server: the common name and organizations of a client certificate. */
export interface User {
  name: string;
  groups?: string[] | undefined;
}

export interface ServerNames {
  dns?: string[];
  ip: string[];
  /** Set for a server that also calls its peers with this certificate. */
  alsoClient?: boolean;
}

/** Makes a certificate authority for one cluster. `now` is its moment of birth. */
export async function createAuthority(name: string, now: Date): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    ...validity(now),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issue = (subject: x509.JsonName, extensions: x509.Extension[]) =>
    issueCertificate({ issuer: certificate, signingKey: keys.privateKey, subject, extensions, now });
  return {
    certificate: certificate.toString("pem"),
    key: await privatePem(keys.privateKey),
    issueClient: (user) =>
      issue(subjectOf(user), [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]),
    issueServer: (commonName, names) => issue([{ CN: [commonName] }], serverExtensions(names)),
  };
}

/** A key for signing service-account tokens: the private key and its public half, PEM. */
export async function createSigningKey(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await generateKeys();
  return {
    privateKey: await privatePem(keys.privateKey),
    publicKey: pem("PUBLIC KEY", await webcrypto.subtle.exportKey("spki", keys.publicKey)),
  };
}

interface Request {
  issuer: x509.X509Certificate;
  signingKey: CryptoKey;
  subject: x509.JsonName;
  extensions: x509.Extension[];
  now: Date;
}

async function issueCertificate(request: Request): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: request.subject,
    issuer: request.issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: request.signingKey,
    signingAlgorithm: algorithm,
    ...validity(request.now),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(request.issuer),
      ...request.extensions,
    ],
  });
  return { certificate: certificate.toString("pem"), key: await privatePem(keys.privateKey) };
}

function subjectOf(user: User): x509.JsonName {
  return [...(user.groups ?? []).map((group) => ({ O: [group] })), { CN: [user.name] }];
}

function serverExtensions(names: ServerNames): x509.Extension[] {
  const alternatives = [
    ...(names.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...names.ip.map((value) => ({ type: "ip" as const, value })),
  ];
  const usages = [x509.ExtendedKeyUsage.serverAuth, ...(names.alsoClient ? [x509.ExtendedKeyUsage.clientAuth] : [])];
  return [new x509.ExtendedKeyUsageExtension(usages), new x509.SubjectAlternativeNameExtension(alternatives)];
}

function validity(now: Date) {
  return {
    notBefore: new Date(now.getTime() - backdateMilliseconds),
    notAfter: new Date(now.getTime() + lifetimeMilliseconds),
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(key: CryptoKey): Promise<string> {
  return pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", key));
}

function pem(label: string, der: ArrayBuffer): string {
  return x509.PemConverter.encode(der, label);
}

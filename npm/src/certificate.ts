/** Signs a certificate assertion with WebCrypto. */

import { bytes, known, no, text } from "./guard.js";

/** An app's certificate and its key. */
export interface CertificateOptions {
  /** The app's client id. */
  clientId: string;
  /** The certificate: PEM as a string or bytes, or DER. */
  certificate: string | Uint8Array;
  /** Its RSA key: PKCS #8 as a PEM string, or a WebCrypto key for `RSA-PSS` with SHA-256. */
  privateKey: string | CryptoKey;
}

/**
 * Returns a `clientAssertion` for a client: a function that signs a JWT with a certificate's key, valid for ten minutes.
 *
 * @throws TypeError if an option cannot be used.
 * @see Microsoft's page "Certificate credentials".
 */
export function certificate(options: CertificateOptions): (audience: string) => Promise<string> {
  if (typeof options !== "object" || options === null) throw no("options", "an object", options);
  known(options, "options", ["clientId", "certificate", "privateKey"]);
  const clientId = text(options.clientId, "options.clientId");
  const der = certificateOf(options.certificate);
  const key = keyOf(options.privateKey);
  return async (audience) => {
    const thumbprint = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
    const header = { alg: "PS256", typ: "JWT", "x5t#S256": base64url(thumbprint) };
    const now = Math.floor(Date.now() / 1000);
    const claims = { aud: audience, iss: clientId, sub: clientId, jti: crypto.randomUUID(), iat: now, nbf: now, exp: now + 600 };
    const signed = [header, claims].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part)))).join(".");
    const algorithm = { name: "RSA-PSS", saltLength: 32 };
    const signature = await crypto.subtle.sign(algorithm, await key(), new TextEncoder().encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  };
}

function certificateOf(value: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const name = "options.certificate";
  if (typeof value === "string") return fromPem(value, "CERTIFICATE", name);
  const given = new Uint8Array(bytes(value, name));
  // DER starts with a SEQUENCE; anything else is PEM, as read from a file.
  return given[0] === SEQUENCE ? given : fromPem(new TextDecoder().decode(given), "CERTIFICATE", name);
}

function keyOf(value: string | CryptoKey): () => Promise<CryptoKey> {
  const name = "options.privateKey";
  if (typeof value !== "string") {
    if (!(value instanceof CryptoKey) || !signs(value)) throw no(name, WANTED, value);
    return async () => value;
  }
  const pkcs8 = fromPem(value, "PRIVATE KEY", name);
  return async () => {
    try {
      return await crypto.subtle.importKey("pkcs8", pkcs8, { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]);
    } catch (cause) {
      throw new TypeError(`\`${name}\` must be ${WANTED}`, { cause });
    }
  };
}

function signs({ algorithm, usages }: CryptoKey): boolean {
  const { name, hash } = algorithm as Partial<RsaHashedKeyAlgorithm>;
  return name === "RSA-PSS" && hash?.name === "SHA-256" && usages.includes("sign");
}

function fromPem(pem: string, label: string, name: string): Uint8Array<ArrayBuffer> {
  const found = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem)?.[1];
  if (found === undefined) throw new TypeError(`\`${name}\` has no PEM block ${label}`);
  try {
    return Uint8Array.from(atob(found.replaceAll(/\s/g, "")), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    throw new TypeError(`\`${name}\` is PEM with invalid base64`, { cause });
  }
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const WANTED = "an RSA key: PKCS #8 as PEM, or a CryptoKey that signs by RSA-PSS with SHA-256";
const SEQUENCE = 0x30;

/** A certificate's assertion, signed with WebCrypto. */

import { bytes, known, no, text } from "./guard.js";

/** An app's certificate and its key. */
export interface CertificateOptions {
  /** The app's client id. */
  clientId: string;
  /** The certificate, as PEM or DER. */
  certificate: string | Uint8Array;
  /** Its RSA key: PKCS #8 as PEM, or a key of WebCrypto for `RSA-PSS` with SHA-256. */
  privateKey: string | CryptoKey;
}

/**
 * What `clientAssertion` of a client takes: it signs a JWT with a certificate's key (Microsoft's page "Certificate
 * credentials"), good for ten minutes.
 */
export function certificate(options: CertificateOptions): (audience: string) => Promise<string> {
  if (typeof options !== "object" || options === null) throw no("options", "an object", options);
  known(options, "options", ["clientId", "certificate", "privateKey"]);
  const { certificate, privateKey } = options;
  const clientId = text(options.clientId, "options.clientId");
  const der = typeof certificate === "string" ? fromPem(certificate, "CERTIFICATE") : new Uint8Array(bytes(certificate, "options.certificate"));
  if (typeof privateKey !== "string" && (typeof privateKey !== "object" || privateKey === null)) throw no("options.privateKey", "a PEM or a CryptoKey", privateKey);
  return async (audience) => {
    const thumbprint = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
    const header = { alg: "PS256", typ: "JWT", "x5t#S256": base64url(thumbprint) };
    const now = Math.floor(Date.now() / 1000);
    const claims = { aud: audience, iss: clientId, sub: clientId, jti: crypto.randomUUID(), iat: now, nbf: now, exp: now + 600 };
    const signed = [header, claims].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part)))).join(".");
    const key = typeof privateKey === "string" ? await imported(privateKey) : privateKey;
    const algorithm = { name: "RSA-PSS", saltLength: 32 };
    const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  };
}

function imported(pem: string): Promise<CryptoKey> {
  const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
  return crypto.subtle.importKey("pkcs8", fromPem(pem, "PRIVATE KEY"), algorithm, false, ["sign"]);
}

function fromPem(pem: string, label: string): Uint8Array<ArrayBuffer> {
  const found = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem)?.[1];
  if (found === undefined) throw new TypeError(`the PEM holds no ${label}`);
  return Uint8Array.from(atob(found.replaceAll(/\s/g, "")), (letter) => letter.charCodeAt(0));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A certificate that signs itself, for Node's own library makes none. */

import { generateKeyPairSync, sign } from "node:crypto";

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts) => der(0x30, ...parts);
const time = (text) => der(0x17, Buffer.from(text));
/** sha256WithRSAEncryption. */
const ALGORITHM = sequence(der(0x06, Buffer.from("2a864886f70d01010b", "hex")), der(0x05));
/** The common name `app`. */
const NAME = sequence(der(0x31, sequence(der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from("app")))));

/** A certificate and its key, both as PEM. */
export function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const number = der(0x02, Buffer.from([1]));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const body = sequence(der(0xa0, der(0x02, Buffer.from([2]))), number, ALGORITHM, NAME, sequence(time("250101000000Z"), time("491231235959Z")), NAME, spki);
  const bytes = sequence(body, ALGORITHM, der(0x03, Buffer.from([0]), sign("sha256", body, privateKey)));
  const lines = bytes.toString("base64").match(/.{1,64}/g).join("\n");
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { certificate, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) };
}

// An authenticator in software with one passkey, and the browser around it: what `navigator.credentials` returns as JSON (Web
// Authentication Level 3, sections 5.1 and 6). Its settings may be changed before each ceremony, to break a rule.

import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { ORIGIN } from "./worker.ts";

export interface AuthenticatorSettings {
  /** ES256 is -7 and RS256 is -257 in the registry of COSE algorithms. */
  algorithm: "ES256" | "RS256";
  /** RP id that it signs for. */
  rpId: string;
  /** Origin that the browser writes into the client data. */
  origin: string;
  /** Whether the page is a frame of another origin. */
  crossOrigin: boolean;
  /** Whether it verified its user. */
  userVerified: boolean;
  /** Whether the passkey may be synchronized. */
  backupEligible: boolean;
  backedUp: boolean;
  /** Signature counter of the next response; it rises with each, unless it is 0. */
  counter: number;
}

const DEFAULTS: AuthenticatorSettings = {
  algorithm: "ES256",
  rpId: new URL(ORIGIN).hostname,
  origin: ORIGIN,
  crossOrigin: false,
  userVerified: true,
  backupEligible: true,
  backedUp: true,
  counter: 0,
};

const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attestedCredential: 0x40 };

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest();
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const bytes = (encoded: string) => Buffer.from(encoded, "base64url");

type Cbor = number | string | Uint8Array | Map<Cbor, Cbor>;

/** Head of a data item in CBOR (RFC 8949 section 3): its major type, and a number below 65,536. */
function head(major: number, number: number): Buffer {
  if (number < 24) return Buffer.from([(major << 5) | number]);
  return number < 256 ? Buffer.from([(major << 5) | 24, number]) : Buffer.from([(major << 5) | 25, number >> 8, number & 255]);
}

function cbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)]);
  return Buffer.concat([head(2, value.length), value]);
}

/** A public key as COSE_Key (RFC 9052 section 7; RFC 8230 for RSA). */
function coseKey(key: KeyObject): Buffer {
  const { kty, x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" }) as Record<string, string>;
  const members: [Cbor, Cbor][] =
    kty === "EC"
      ? [
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, bytes(x)],
          [-3, bytes(y)],
        ]
      : [
          [1, 3],
          [3, -257],
          [-1, bytes(n)],
          [-2, bytes(e)],
        ];
  return cbor(new Map(members));
}

/** What an authenticator keeps of a passkey. */
export interface Passkey {
  /** Credential id. */
  id: Buffer;
  /** User handle, which a registration sets. */
  userHandle: Buffer | null;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newPasskey(algorithm: AuthenticatorSettings["algorithm"]): Passkey {
  const keys = algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { id: randomBytes(32), userHandle: null, ...keys };
}

export class SoftwareAuthenticator {
  readonly settings: AuthenticatorSettings;
  readonly passkey: Passkey;

  constructor(settings: Partial<AuthenticatorSettings> = {}, passkey?: Passkey) {
    this.settings = { ...DEFAULTS, ...settings };
    this.passkey = passkey ?? newPasskey(this.settings.algorithm);
  }

  /** Another authenticator with the same passkey, its counter included, and other settings. */
  copy(settings: Partial<AuthenticatorSettings> = {}): SoftwareAuthenticator {
    return new SoftwareAuthenticator({ ...this.settings, ...settings }, { ...this.passkey });
  }

  /** `navigator.credentials.create()` with these options: a `RegistrationResponseJSON`. */
  create(options: { challenge: string; user: { id: string } }): any {
    const { id, publicKey } = this.passkey;
    this.passkey.userHandle = bytes(options.user.id);
    const length = Buffer.from([id.length >> 8, id.length & 255]);
    const authData = this.#authenticatorData(Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]));
    const attestation = new Map<Cbor, Cbor>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", authData],
    ]);
    const response = { clientDataJSON: text(this.#clientData("webauthn.create", options.challenge)), attestationObject: text(cbor(attestation)) };
    return this.#json({ ...response, transports: ["internal"] });
  }

  /** `navigator.credentials.get()` with these options: an `AuthenticationResponseJSON`. */
  get(options: { challenge: string }): any {
    const clientData = this.#clientData("webauthn.get", options.challenge);
    const authenticatorData = this.#authenticatorData(Buffer.alloc(0));
    // ECDSA in DER, which is node's default, or RSASSA-PKCS1-v1_5 (section 6.5.5).
    const signature = sign("sha256", Buffer.concat([authenticatorData, sha256(clientData)]), this.passkey.privateKey);
    const { userHandle } = this.passkey;
    const response = { clientDataJSON: text(clientData), authenticatorData: text(authenticatorData), signature: text(signature) };
    return this.#json({ ...response, userHandle: userHandle && text(userHandle) });
  }

  #json(response: object): object {
    const id = text(this.passkey.id);
    return { id, rawId: id, type: "public-key", authenticatorAttachment: "platform", clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string): Buffer {
    const { origin, crossOrigin } = this.settings;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));
  }

  #authenticatorData(credential: Buffer): Buffer {
    const { rpId, userVerified, backupEligible, backedUp } = this.settings;
    const set = { userPresent: true, userVerified, backupEligible, backedUp, attestedCredential: credential.length > 0 };
    const flags = Object.entries(FLAGS).reduce((bits, [name, bit]) => bits | (set[name as keyof typeof FLAGS] ? bit : 0), 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.settings.counter);
    if (this.settings.counter > 0) this.settings.counter += 1;
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, credential]);
  }
}

// Web Authentication for the client in Node: `PublicKeyCredential` and `navigator.credentials`, with an authenticator in software.
import type { SoftwareAuthenticator } from "../../e2e/support/software-authenticator.ts";

/** What a page asks for. */
export interface CredentialRequest {
  readonly publicKey: any;
  readonly mediation?: string;
  readonly signal?: AbortSignal;
}

/** How the stand-in behaves. */
export interface WebAuthn {
  authenticator: SoftwareAuthenticator;
  /** What was asked for, in order. */
  readonly asked: CredentialRequest[];
  /** Called before each ceremony; it may throw as a browser does, or wait. */
  before?: (request: CredentialRequest) => Promise<void> | void;
}

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64url")).buffer;
const text = (data: ArrayBuffer | Uint8Array) => Buffer.from(data as ArrayBuffer).toString("base64url");

/** Rejects once the request is aborted, as a browser that waits for its user does. */
export function untilAborted({ signal }: CredentialRequest): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new DOMException("aborted", "AbortError"));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
  });
}

/**
 * Puts the stand-in into this process. `helpers` tells whether it has the methods that read and write JSON, which Safari has since 18.4.
 * Returns a function that takes it out.
 */
export function installWebAuthn(self: WebAuthn, helpers: boolean): () => void {
  class Credential {
    readonly id: string;
    readonly response: object;
    constructor(json: any) {
      const binary = Object.entries<any>(json.response).map(([name, value]) => [name, typeof value === "string" ? bytes(value) : value]);
      this.id = json.id;
      this.response = { ...Object.fromEntries(binary), getTransports: () => json.response.transports };
      if (helpers) Object.assign(this, { toJSON: () => json });
    }
    static async isConditionalMediationAvailable() {
      return true;
    }
  }
  const decoded = (options: any) => ({ ...options, challenge: new Uint8Array(bytes(options.challenge)), parsed: true });
  if (helpers)
    Object.assign(Credential, {
      parseCreationOptionsFromJSON: (options: any) => ({ ...decoded(options), user: { ...options.user, id: new Uint8Array(bytes(options.user.id)) } }),
      parseRequestOptionsFromJSON: decoded,
    });
  const run = async (request: CredentialRequest, ceremony: (challenge: string) => object) => {
    self.asked.push(request);
    request.signal?.throwIfAborted();
    await self.before?.(request);
    return new Credential(ceremony(text(request.publicKey.challenge)));
  };
  const credentials = {
    create: (request: CredentialRequest) =>
      run(request, (challenge) => self.authenticator.create({ challenge, user: { id: text(request.publicKey.user.id) } })),
    get: (request: CredentialRequest) => run(request, (challenge) => self.authenticator.get({ challenge })),
  };
  Object.defineProperty(globalThis, "PublicKeyCredential", { configurable: true, value: Credential });
  Object.defineProperty(navigator, "credentials", { configurable: true, value: credentials });
  return () => {
    Reflect.deleteProperty(globalThis, "PublicKeyCredential");
    Reflect.deleteProperty(navigator, "credentials");
  };
}

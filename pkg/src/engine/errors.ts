// The errors that the engine throws: each a real Error with a stable `code`.

/** What is wrong with a policy, and where. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  /** Stable, for example `permission-unknown`. */
  readonly code: string;
  /** JSON pointer (RFC 6901) to the fault; empty for the whole file. */
  readonly pointer: string;
  /** The faulty text, if there is one. */
  readonly value: string;

  constructor(code: string, pointer: string, value: string) {
    super(`policy: ${code}${value && ` \`${value}\``} at ${pointer || "the root"}`);
    this.code = code;
    this.pointer = pointer;
    this.value = value;
  }
}

/** A permission or role that the policy does not have: a slip of the pen must never look like a "no". */
export class UnknownCodeError extends Error {
  override readonly name = "UnknownCodeError";
  readonly code: "permission-unknown" | "role-unknown";
  /** The code that was asked for. */
  readonly value: string;

  constructor(what: "permission" | "role", value: string) {
    super(`the policy has no ${what} \`${value}\``);
    this.code = `${what}-unknown`;
    this.value = value;
  }
}

/** The engine is not there: not loaded yet, or its WebAssembly could not be loaded. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: "engine-not-loaded" | "engine-load-failed";

  constructor(code: "engine-not-loaded" | "engine-load-failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

// Errors of the engine, each with a stable `code`.

/** An invalid policy: `code` says what is wrong, `pointer` where, `value` with which text. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  /** Stable identifier of the rule that is violated, for example `permission-unknown`. */
  readonly code: string;
  /** JSON pointer (RFC 6901) to the fault; empty for the whole document. */
  readonly pointer: string;
  /** The invalid text; empty where the fault is not a text. */
  readonly value: string;

  constructor(code: string, pointer: string, value: string) {
    super(`policy: ${code}${value && ` \`${value}\``} at ${pointer || "the root"}`);
    this.code = code;
    this.pointer = pointer;
    this.value = value;
  }
}

/** A permission or role code that the policy does not define. Thrown so that a misspelt code is not mistaken for a denial. */
export class UnknownCodeError extends Error {
  override readonly name = "UnknownCodeError";
  /** Stable identifier of what is undefined. */
  readonly code: "permission-unknown" | "role-unknown";
  /** The undefined code. */
  readonly value: string;

  constructor(kind: "permission" | "role", value: string) {
    super(`the policy has no ${kind} \`${value}\``);
    this.code = `${kind}-unknown`;
    this.value = value;
  }
}

/** The engine cannot be used: `loadEngine` has not finished, or its WebAssembly could not be loaded (see `cause`). */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** Stable identifier of the reason. */
  readonly code: "engine-not-loaded" | "engine-load-failed";

  constructor(code: "engine-not-loaded" | "engine-load-failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

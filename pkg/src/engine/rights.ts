// What somebody may do: reads the bits that the WebAssembly decided, so that a check costs one look-up.
import { UnknownCodeError } from "./errors.js";
import type { Explanation, Rights } from "./types.js";

/** 256 bits, a permission's place in the policy being its bit. */
export type Bits = Uint32Array;

export interface Grantor {
  readonly code: string;
  readonly bits: Bits;
}

export const has = (bits: Bits, id: number): boolean => ((bits[id >> 5]! >>> (id & 31)) & 1) === 1;

export class HeldRights<P extends string> implements Rights<P> {
  readonly role: string;
  readonly #bits: Bits;
  readonly #ids: ReadonlyMap<P, number>;
  readonly #grantors: readonly Grantor[];
  readonly #grantedBy = new Map<number, readonly string[]>();
  #list: readonly P[] | undefined;

  constructor(role: string, bits: Bits, ids: ReadonlyMap<P, number>, grantors: readonly Grantor[]) {
    this.role = role;
    this.#bits = bits;
    this.#ids = ids;
    this.#grantors = grantors;
  }

  can(permission: P): boolean {
    return has(this.#bits, this.#id(permission));
  }

  // Each code is looked at even when the answer is known: a misspelt one must not pass unseen.
  canAll(permissions: readonly P[]): boolean {
    let all = true;
    for (const permission of permissions) if (!this.can(permission)) all = false;
    return all;
  }

  canAny(permissions: readonly P[]): boolean {
    let any = false;
    for (const permission of permissions) if (this.can(permission)) any = true;
    return any;
  }

  list(): readonly P[] {
    return (this.#list ??= Object.freeze([...this.#ids].filter(([, id]) => has(this.#bits, id)).map(([code]) => code)));
  }

  explain(permission: P): Explanation<P> {
    const id = this.#id(permission);
    let grantedBy = this.#grantedBy.get(id);
    if (!grantedBy) {
      grantedBy = Object.freeze(this.#grantors.filter(({ bits }) => has(bits, id)).map(({ code }) => code));
      this.#grantedBy.set(id, grantedBy);
    }
    return { allowed: has(this.#bits, id), permission, role: this.role, grantedBy };
  }

  #id(permission: P): number {
    const id = this.#ids.get(permission);
    if (id === undefined) throw new UnknownCodeError("permission", permission);
    return id;
  }
}

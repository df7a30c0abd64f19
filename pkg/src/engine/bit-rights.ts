// Permission checks on bit sets that WebAssembly computed. The first check turns them into an object of booleans by code, so that
// each further one is a property look-up.
import { UnknownCodeError } from "./errors.js";
import type { Explanation, Rights } from "./types.js";

/** A set of permissions as 256 bits; the index of a permission in the policy is its bit. */
export type PermissionBits = Uint32Array;

/** The permissions that a role grants. */
export interface RolePermissions {
  readonly code: string;
  readonly bits: PermissionBits;
}

const hasBit = (bits: PermissionBits, index: number): boolean => ((bits[index >> 5]! >>> (index & 31)) & 1) === 1;

export class BitRights<P extends string> implements Rights<P> {
  readonly role: string;
  readonly #bits: PermissionBits;
  readonly #indexes: ReadonlyMap<P, number>;
  readonly #roles: readonly RolePermissions[];
  readonly #grantedBy = new Map<number, readonly string[]>();
  #allowed: Readonly<Record<string, boolean>> | undefined;
  #list: readonly P[] | undefined;

  constructor(role: string, bits: PermissionBits, indexes: ReadonlyMap<P, number>, roles: readonly RolePermissions[]) {
    this.role = role;
    this.#bits = bits;
    this.#indexes = indexes;
    this.#roles = roles;
  }

  can(permission: P): boolean {
    const allowed = (this.#allowed ??= this.#allowedByCode())[permission];
    if (allowed === undefined) throw new UnknownCodeError("permission", permission);
    return allowed;
  }

  // No short circuit here and in `canAny`: every code is checked, so that a misspelt one always throws.
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
    if (!this.#list) {
      const held: P[] = [];
      this.#indexes.forEach((index, code) => hasBit(this.#bits, index) && held.push(code));
      this.#list = Object.freeze(held);
    }
    return this.#list;
  }

  explain(permission: P): Explanation<P> {
    const allowed = this.can(permission);
    const index = this.#indexes.get(permission)!;
    let grantedBy = this.#grantedBy.get(index);
    if (!grantedBy) {
      grantedBy = Object.freeze(this.#roles.filter(({ bits }) => hasBit(bits, index)).map(({ code }) => code));
      this.#grantedBy.set(index, grantedBy);
    }
    return { allowed, permission, role: this.role, grantedBy };
  }

  #allowedByCode(): Record<string, boolean> {
    const allowed: Record<string, boolean> = Object.create(null);
    this.#indexes.forEach((index, code) => (allowed[code] = hasBit(this.#bits, index)));
    return allowed;
  }
}

// The Rolecall client of this page, and its errors.
import { type Client, createClient, RolecallError, RolecallNetworkError } from "rolecall";

let pending: Promise<Client> | undefined;

/** Returns the page's single client; a failed start is retried by the next call. Signed-in pages use `useRolecall`. */
export function getClient(): Promise<Client> {
  pending ??= createClient({ baseUrl: "/" }).catch((error: unknown) => {
    pending = undefined;
    throw error;
  });
  return pending;
}

/** Narrows an error to a problem that the server reported. */
export const asRolecallError = (error: unknown): RolecallError | undefined => (error instanceof RolecallError ? error : undefined);

/** Whether no response of the API arrived. */
export const isNetworkFailure = (error: unknown): boolean => error instanceof RolecallNetworkError || error instanceof TypeError;

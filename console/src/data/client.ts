// The Rolecall client of this page, and its errors.
import { type Client, createClient, RolecallError, RolecallNetworkError } from "rolecall";

/** The page's single client. Signed-in pages use `useRolecall`. */
export const rolecall: Client = createClient();

/** Narrows an error to a problem that the server reported. */
export const asRolecallError = (error: unknown): RolecallError | undefined => (error instanceof RolecallError ? error : undefined);

/** Whether no response of the API arrived. */
export const isNetworkFailure = (error: unknown): boolean => error instanceof RolecallNetworkError || error instanceof TypeError;

// Passkeys in this browser.
import { RolecallClientError } from "rolecall";

/** Whether this browser and page can have passkeys. */
export const hasPasskeys = (): boolean => typeof PublicKeyCredential === "function" && navigator.credentials !== undefined;

/** Why a ceremony ended without a passkey; undefined for other errors. */
export const passkeyRefusal = (error: unknown): RolecallClientError["code"] | undefined => (error instanceof RolecallClientError ? error.code : undefined);

/** Runs a ceremony and what follows. Where the user chooses no passkey, there is no failure to report. */
export async function unlessCancelled(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (passkeyRefusal(error) !== "passkey-cancelled") throw error;
  }
}

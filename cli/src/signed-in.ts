// Whether wrangler may use an account of Cloudflare's.
import { UserError } from "./output.ts";
import { NOT_SIGNED_IN, type Unread, isUnread, signedIn } from "./wrangler-output.ts";
import { capture } from "./wrangler.ts";

/** Whether wrangler is signed in, or why it cannot be used. */
export const readSignedIn = async (): Promise<true | Unread> => signedIn(await capture(["whoami", "--json"]));

/** Refuses what needs an account where wrangler has none. @throws UserError with what to do. */
export async function requireSignedIn(): Promise<void> {
  const account = await readSignedIn();
  if (account === NOT_SIGNED_IN)
    throw new UserError("wrangler is not signed in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again.");
  if (!isUnread(account)) return;
  if (account.fault) throw new UserError(`${account.unread}. ${account.action}`);
  throw new UserError(`Whether wrangler is signed in to Cloudflare is not known: ${account.unread}`);
}

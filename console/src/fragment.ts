// Links in mails carry their secret in the fragment, which no server and no referrer sees.
// It is taken out of the address bar and the history before anything else runs; a reload of the same tab finds it in
// this tab's session storage, and nothing is left when the tab is closed or the link has been used.

import { type LinkSecrets, readAddress } from "./address";

export type { LinkSecrets };

/** A link whose token did not arrive whole: told apart from no link at all. */
interface Damaged {
  damaged: true;
}

const held = new Map<string, LinkSecrets | Damaged>();
const keyOf = (page: string) => `rolecall.link:${page}`;

/**
 * Called first thing: moves the secrets of the link from the address bar to where `linkSecrets` finds them, and puts
 * the address of the page there that is meant. Answers whether a link was found.
 */
export function captureLink(): boolean {
  const { path, known, link, damaged } = readAddress(location.pathname, location.hash);
  if (!known) return false;
  const found = link ?? (damaged ? ({ damaged } as const) : undefined);
  if (found) hold(path, found);
  if (found || path !== location.pathname) history.replaceState(history.state, "", path + location.search + (found ? "" : location.hash));
  return found !== undefined;
}

/** Hands secrets to a page that is about to be opened without a link. */
export function holdLinkSecrets(page: string, secrets: LinkSecrets): void {
  hold(page, secrets);
}

function hold(page: string, what: LinkSecrets | Damaged): void {
  held.set(page, what);
  try {
    sessionStorage.setItem(keyOf(page), JSON.stringify(what));
  } catch {
    // Without storage a reload asks for the link again.
  }
}

function arrived(page: string): LinkSecrets | Damaged | undefined {
  const here = held.get(page);
  if (here) return here;
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(page)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** The secrets of the link that opened this page, if any. */
export function linkSecrets(page: string): LinkSecrets | undefined {
  const found = arrived(page);
  return found && "token" in found ? found : undefined;
}

/** Whether a link opened this page that had lost a part of its token. */
export function isLinkDamaged(page: string): boolean {
  const found = arrived(page);
  return found !== undefined && "damaged" in found;
}

/** The link has done its work, or was refused for good. */
export function dropLinkSecrets(page: string): void {
  held.delete(page);
  try {
    sessionStorage.removeItem(keyOf(page));
  } catch {
    // Nothing was stored.
  }
}

// Who signs up from a copied invitation link confirms the email in another tab. So that this tab finds back to the
// invitation, the token alone (never the proof) waits here for a day; it is worth nothing without the invited email.
const WAITING = "rolecall.join";
const DAY = 86_400_000;

export function keepInvitation(token: string, now: number): void {
  try {
    localStorage.setItem(WAITING, JSON.stringify({ token, until: now + DAY }));
  } catch {
    // Without storage the person opens the invitation link once more.
  }
}

/** The invitation that waits for its reader to have an account, if any; it is handed out once. */
export function takeKeptInvitation(now: number): string | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(WAITING) ?? "null") as { token?: string; until?: number } | null;
    localStorage.removeItem(WAITING);
    return kept?.token && kept.until && kept.until > now ? kept.token : undefined;
  } catch {
    return undefined;
  }
}

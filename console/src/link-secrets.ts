// Secrets of mailed links. They travel in the URL's fragment, which is not sent to servers or in referrers, and are moved
// to session storage before anything else runs: a reload of the tab finds them, and they are gone when the tab is closed
// or the link has been used.

import { type CodeLink, type LinkSecrets, readAddress } from "./console-url";

export type { LinkSecrets };

/** A link whose token arrived incomplete, as opposed to no link at all. */
interface IncompleteLink {
  incomplete: true;
}

type StoredLink = LinkSecrets | CodeLink | IncompleteLink;

const secrets = new Map<string, StoredLink>();
const storageKey = (page: string) => `rolecall.link:${page}`;

/**
 * Moves a link's secrets from the URL to session storage and corrects the URL's path. Called first; returns whether a link
 * was found.
 */
export function captureLinkSecrets(): boolean {
  const { path, known, link, damaged } = readAddress(location.pathname, location.hash);
  if (!known) return false;
  const found = link ?? (damaged ? ({ incomplete: true } as const) : undefined);
  if (found) store(path, found);
  if (found || path !== location.pathname) history.replaceState(history.state, "", path + location.search + (found ? "" : location.hash));
  return found !== undefined;
}

/** Stores secrets for a page that is opened without a link. */
export function storeLinkSecrets(page: string, secrets: LinkSecrets): void {
  store(page, secrets);
}

function store(page: string, value: StoredLink): void {
  secrets.set(page, value);
  try {
    sessionStorage.setItem(storageKey(page), JSON.stringify(value));
  } catch {
    // Without storage, a reload needs the link again.
  }
}

function load(page: string): StoredLink | undefined {
  const inMemory = secrets.get(page);
  if (inMemory) return inMemory;
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(page)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Returns the secrets of the link that opened a page, if any. */
export function readLinkSecrets(page: string): LinkSecrets | undefined {
  const found = load(page);
  return found && "token" in found ? found : undefined;
}

/** Returns the email and code of the link that opened a page, if any. */
export function readCodeLink(page: string): CodeLink | undefined {
  const found = load(page);
  return found && "code" in found ? found : undefined;
}

/** Whether a page was opened by a link with an incomplete token. */
export function isLinkIncomplete(page: string): boolean {
  const found = load(page);
  return found !== undefined && "incomplete" in found;
}

/** Forgets a link that was used or refused for good. */
export function clearLinkSecrets(page: string): void {
  secrets.delete(page);
  try {
    sessionStorage.removeItem(storageKey(page));
  } catch {}
}

// Signing up from a copied invitation link verifies the email in another tab. The token, without the proof, is kept for a
// day so that that tab finds the invitation; it is useless without the invited email.
const PENDING_INVITATION_KEY = "rolecall.join";
// Likewise, when a person at a sign-in provider waits to be connected with the account that is made. Nothing of theirs is kept here.
const PENDING_CONNECTION_KEY = "rolecall.connect";
/** How long such a person waits, in milliseconds. */
const CONNECTION_WAIT = 600_000;
const DAY = 86_400_000;

export function savePendingInvitation(token: string, now: number): void {
  try {
    localStorage.setItem(PENDING_INVITATION_KEY, JSON.stringify({ token, until: now + DAY }));
  } catch {
    // Without storage, the user opens the invitation link again.
  }
}

/** Returns the stored invitation token once. */
export function consumePendingInvitation(now: number): string | undefined {
  try {
    const stored = JSON.parse(localStorage.getItem(PENDING_INVITATION_KEY) ?? "null") as { token?: string; until?: number } | null;
    localStorage.removeItem(PENDING_INVITATION_KEY);
    return stored?.token && stored.until && stored.until > now ? stored.token : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers that the verified email's tab goes on to the page that connects a sign-in provider. */
export function savePendingConnection(now: number): void {
  try {
    localStorage.setItem(PENDING_CONNECTION_KEY, String(now + CONNECTION_WAIT));
  } catch {
    // Without storage, the user connects the provider in the settings.
  }
}

/** Whether to go on to that page; true once. */
export function consumePendingConnection(now: number): boolean {
  try {
    const until = Number(localStorage.getItem(PENDING_CONNECTION_KEY));
    localStorage.removeItem(PENDING_CONNECTION_KEY);
    return until > now;
  } catch {
    return false;
  }
}

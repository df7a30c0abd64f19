// Links in mails carry their secret in the fragment, which no server and no referrer sees.
// It is taken out of the address bar and the history before anything else runs; a reload of the same tab finds it in
// this tab's session storage, and nothing is left when the tab is closed or the link has been used.

export interface LinkSecrets {
  token: string;
  /** Only in mails: shows that its holder reads that mailbox. */
  proof?: string;
}

const held = new Map<string, LinkSecrets>();
const keyOf = (page: string) => `rolecall.link:${page}`;

/** Called first thing: moves the secrets of the link from the address bar to where `linkSecrets` finds them. */
export function captureLink(): void {
  const fields = new URLSearchParams(location.hash.slice(1));
  const token = fields.get("token");
  if (!token) return;
  const proof = fields.get("proof");
  holdLinkSecrets(location.pathname, proof ? { token, proof } : { token });
  history.replaceState(history.state, "", location.pathname + location.search);
}

/** Hands secrets to a page that is about to be opened without a link. */
export function holdLinkSecrets(page: string, secrets: LinkSecrets): void {
  held.set(page, secrets);
  try {
    sessionStorage.setItem(keyOf(page), JSON.stringify(secrets));
  } catch {
    // Without storage a reload asks for the link again.
  }
}

/** The secrets of the link that opened this page, if any. */
export function linkSecrets(page: string): LinkSecrets | undefined {
  const here = held.get(page);
  if (here) return here;
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(page)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
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

// Parses the console's URLs leniently: mail programs encode the `#`, chat programs append the bracket or full stop
// behind a link, and people type trailing slashes or capitals.

export interface LinkSecrets {
  token: string;
  /** Only in links from mails: proves access to the mailbox. */
  proof?: string;
}

export interface Address {
  /** The page's canonical path, or the path as given where no page matches. */
  path: string;
  /** Whether the console has a page at that path. */
  known: boolean;
  /** The secrets in the fragment of a link to that page. */
  link?: LinkSecrets;
  /** Set where the fragment holds an incomplete or altered token. */
  damaged?: true;
}

const LINK_PAGES = ["/join", "/verify-email", "/reset-password"];
/** The paths of all pages, as in `router.tsx`. */
const PAGES = ["/", "/sign-up", "/sign-in", ...LINK_PAGES, "/team", "/audit-log", "/permissions", "/settings"];

/** A key name, a dot, and 52 bytes in base64url (70 characters); anything behind them is not part of the token. */
const TOKEN = /[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{70}/;
/** White space and invisible characters, which mail programs insert and no token contains. */
const INVISIBLE = /[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+/g;
const ENCODED_HASH = /%(?:25){0,2}23/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Finds the page for a path, ignoring case, repeated slashes and trailing punctuation. */
function pageOf(path: string): string | undefined {
  if (/^\/+$/.test(path)) return "/";
  const name = decoded(decoded(path))
    .replace(INVISIBLE, "")
    .replace(/\/{2,}/g, "/")
    .replace(/[^A-Za-z0-9]+$/, "")
    .toLowerCase();
  return PAGES.find((page) => page !== "/" && page === name);
}

function tokenIn(value: string | null): string | undefined {
  return value === null ? undefined : TOKEN.exec(value.replace(INVISIBLE, ""))?.[0];
}

/** Parses a fragment's fields, percent-decoding it up to twice. */
function fieldsOf(fragment: string): URLSearchParams {
  let text = fragment;
  for (let times = 0; times < 3; times++) {
    const fields = new URLSearchParams(text.replace(/^[#/?!]+/, "").replace(/&amp;/gi, "&"));
    if (fields.has("token")) return fields;
    text = decoded(text);
  }
  return new URLSearchParams();
}

/** Parses a URL's path and fragment. */
export function readAddress(pathname: string, hash: string): Address {
  const encoded = ENCODED_HASH.exec(pathname);
  const bare = encoded ? pathname.slice(0, encoded.index) : pathname;
  const fragment = (encoded ? pathname.slice(encoded.index + encoded[0].length) : "") + hash;
  const page = pageOf(bare);
  if (page === undefined) return { path: pathname, known: false };
  if (!LINK_PAGES.includes(page) || fragment.replace(/^#+/, "") === "") return { path: page, known: true };
  const fields = fieldsOf(fragment);
  const token = tokenIn(fields.get("token"));
  const proof = tokenIn(fields.get("proof"));
  if (token === undefined) return { path: page, known: true, damaged: true };
  return { path: page, known: true, link: proof === undefined ? { token } : { token, proof } };
}

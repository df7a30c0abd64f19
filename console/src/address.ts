// Addresses that arrive a little different from how they were sent: mail programs encode the `#`, chat programs add the
// bracket or the full stop that stood behind a link, people type a slash or capitals. What they mean is found here.

export interface LinkSecrets {
  token: string;
  /** Only in mails: shows that its holder reads that mailbox. */
  proof?: string;
}

export interface Address {
  /** The page that is meant, where the console has one; otherwise the path as it came. */
  path: string;
  /** Whether the console has that page. */
  known: boolean;
  /** What a link to that page carries. */
  link?: LinkSecrets;
  /** It carries something that is no whole token. */
  damaged?: true;
}

const LINK_PAGES = ["/join", "/verify-email", "/reset-password"];
/** Every page, as in `router.tsx`. */
const PAGES = ["/", "/sign-up", "/sign-in", ...LINK_PAGES, "/team", "/audit-log", "/permissions", "/settings"];

/** A key's name, a dot, and 52 bytes in base64url: always 70 characters, so that more behind them is none of the token. */
const TOKEN = /[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{70}/;
/** White space, and signs that are not seen: none of it is in a token, wherever a mail program broke it. */
const INVISIBLE = /[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+/g;
const ENCODED_HASH = /%(?:25){0,2}23/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The page that a path means: without slashes and signs at its end, in any case. */
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

/** The fields of a fragment, however often it was encoded on its way. */
function fieldsOf(fragment: string): URLSearchParams {
  let text = fragment;
  for (let times = 0; times < 3; times++) {
    const fields = new URLSearchParams(text.replace(/^[#/?!]+/, "").replace(/&amp;/gi, "&"));
    if (fields.has("token")) return fields;
    text = decoded(text);
  }
  return new URLSearchParams();
}

/** What an address means, by its path and its fragment. */
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

// Parses the console's URLs leniently: mail programs encode the `#`, chat programs append the bracket or full stop
// behind a link, and people type trailing slashes or capitals.

export interface LinkSecrets {
  token: string;
  /** Only in links from mails: proves access to the mailbox. */
  proof?: string;
}

/** What a mailed code's link carries. */
export interface CodeLink {
  email: string;
  /** Eight digits. */
  code: string;
}

export interface Address {
  /** The page's canonical path, or the path as given where no page matches. */
  path: string;
  /** Whether the console has a page at that path. */
  known: boolean;
  /** The secrets in the fragment of a link to that page. */
  link?: LinkSecrets | CodeLink;
  /** Set where the fragment holds an incomplete or altered token. */
  damaged?: true;
}

/** The page that takes the code of a mail. */
const CODE_PAGE = "/sign-in";
const LINK_PAGES = ["/join", "/verify-email", "/reset-password"];
/** The paths of all pages, as in `router.tsx`. */
const PAGES = ["/", "/sign-up", "/sign-in", "/link", ...LINK_PAGES, "/team", "/audit-log", "/permissions", "/settings", "/settings/security"];

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

/** Parses a fragment's fields, percent-decoding it up to twice, until it has the named one. */
function fieldsOf(fragment: string, name: string): URLSearchParams {
  let text = fragment;
  for (let times = 0; times < 3; times++) {
    const fields = new URLSearchParams(text.replace(/^[#/?!]+/, "").replace(/&amp;/gi, "&"));
    if (fields.has(name)) return fields;
    text = decoded(text);
  }
  return new URLSearchParams();
}

/** The email and code of a link; undefined unless both are whole. A `+` that a mail program decoded has become a space. */
function codeIn(fields: URLSearchParams): CodeLink | undefined {
  const given = fields.get("email") ?? "";
  const email = (given.includes("@") ? given : decoded(given)).trim().replaceAll(" ", "+");
  const code = /^\D*(\d{8})(?!\d)/.exec(fields.get("code")?.replace(INVISIBLE, "") ?? "")?.[1];
  return email && code ? { email, code } : undefined;
}

/** Parses a URL's path and fragment. */
export function readAddress(pathname: string, hash: string): Address {
  const encoded = ENCODED_HASH.exec(pathname);
  const bare = encoded ? pathname.slice(0, encoded.index) : pathname;
  const fragment = (encoded ? pathname.slice(encoded.index + encoded[0].length) : "") + hash;
  const page = pageOf(bare);
  if (page === undefined) return { path: pathname, known: false };
  if (page === CODE_PAGE) {
    const link = codeIn(fieldsOf(fragment, "code"));
    return link ? { path: page, known: true, link } : { path: page, known: true };
  }
  if (!LINK_PAGES.includes(page) || fragment.replace(/^#+/, "") === "") return { path: page, known: true };
  const fields = fieldsOf(fragment, "token");
  const token = tokenIn(fields.get("token"));
  const proof = tokenIn(fields.get("proof"));
  if (token === undefined) return { path: page, known: true, damaged: true };
  return { path: page, known: true, link: proof === undefined ? { token } : { token, proof } };
}

/** Longest return path of a sign-in at a provider, in bytes; as `ReturnTo::MAX` of the Worker, which refuses a longer one. */
const RETURN_PATH_MAX = 512;
/** A query as the Worker takes it in a return path: RFC 3986 section 3.4, without percent-encoded control characters. */
const RETURN_QUERY = /^(?:[\w.~!$&'()*+,;=:@/?-]|%(?!7f)[2-9a-f][\da-f])*$/i;

/**
 * Returns a path of this origin with its query in the form that a sign-in at a provider takes. The query is left out where it
 * cannot be taken: the page is reached all the same.
 */
export function providerReturnPath(pathAndQuery: string): string {
  const [path = "/", ...rest] = pathAndQuery.split("?");
  // Browsers leave some characters of a query as they are that RFC 3986 does not have.
  const query = rest.join("?").replace(/[ "#<>[\\\]^`{|}]/g, encodeURIComponent);
  const whole = query === "" ? path : `${path}?${query}`;
  return RETURN_QUERY.test(query) && whole.length <= RETURN_PATH_MAX ? whole : path;
}

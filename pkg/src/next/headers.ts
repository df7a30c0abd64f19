// Headers of a request to the app: the session cookie, and whether one of the app's own pages sent the request.

/** What is read of a request's headers: `Headers`, or what Next.js's `headers()` resolves to. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** How the names of all cookies of Rolecall begin. */
export const COOKIE_PREFIX = "__Host-rolecall_";

/** The cookies of Rolecall as a `Cookie` header, undefined where there is none. Those of the app stay with the app. */
export function rolecallCookies(headers: RequestHeaders, prefix = COOKIE_PREFIX): string | undefined {
  const cookies = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return cookies.filter((pair) => pair.startsWith(prefix)).join("; ") || undefined;
}

/** Whether `Origin` is the host that the request was sent to. */
export function isOwnOrigin(headers: RequestHeaders): boolean {
  // Pages of other origins cannot set `X-Forwarded-Host`: that needs a preflight, which the app does not answer.
  const host = (headers.get("x-forwarded-host") ?? headers.get("host"))?.split(",")[0]?.trim();
  try {
    return new URL(headers.get("origin") ?? "").host === host;
  } catch {
    return false;
  }
}

/** Whether a page of another origin sent the request. Browsers send `Origin` with every write; other clients send neither header. */
export function isForeign(headers: RequestHeaders): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  if (site !== "same-origin" && site !== "none") return true;
  return headers.get("origin") !== null && !isOwnOrigin(headers);
}

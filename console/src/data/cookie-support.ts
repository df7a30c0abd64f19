// Checks whether the browser can keep the session cookie, which requires a secure context.
import { text } from "../text";

const onLocalhost = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) || location.hostname.endsWith(".localhost");

/** Returns why a sign-in cannot last on this page, as far as it can be known beforehand. */
export function cookieProblem(): string | undefined {
  if (!isSecureContext || (location.protocol === "http:" && !onLocalhost())) return text.cookies.plainHttp;
  return navigator.cookieEnabled ? undefined : text.cookies.off;
}

/** Returns what to do when the session cookie was not kept. */
export function cookieAdvice(): string {
  return cookieProblem() ?? (location.protocol === "http:" ? text.cookies.localhost : text.cookies.notKept);
}

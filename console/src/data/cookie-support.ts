// Checks whether the browser can keep the session cookie, which requires a secure context.
import { messages } from "../messages";

const onLocalhost = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) || location.hostname.endsWith(".localhost");

/** Returns why a sign-in cannot last on this page, as far as it can be known beforehand. */
export function cookieProblem(): string | undefined {
  if (!isSecureContext || (location.protocol === "http:" && !onLocalhost())) return messages.cookies.plainHttp;
  return navigator.cookieEnabled ? undefined : messages.cookies.disabled;
}

/** Returns what to do when the session cookie was not kept. */
export function cookieAdvice(): string {
  return cookieProblem() ?? (location.protocol === "http:" ? messages.cookies.localhost : messages.cookies.notStored);
}

// A secret of this browser, which a mailed code is bound to: a code that somebody else had mailed does not sign in here.

const STORAGE_KEY = "rolecall.browser";
let key: string | undefined;

/** The browser's random secret (48 characters). Where there is no storage, it lasts as long as the page or process. */
export function browserKey(): string {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    if (stored) return (key = stored);
  } catch {
    // Refused by the browser, or not a page.
  }
  key ??= [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(STORAGE_KEY, key);
  } catch {
    // See above.
  }
  return key;
}

// The parts of the console that come when they are opened. One that does not come is mostly of a build that a newer one
// has replaced, and reading the page again helps; without a connection the browser would then show its own error page.

/** A part of the console that could not be loaded. */
export class PartMissing extends Error {}

/** For every `import()`: a failure says that a part is missing, not that a change got no answer. */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new PartMissing("a part of the console did not load", { cause });
  }
}

/** Reads the page again where the server answers; false where it does not. */
export async function reload(): Promise<boolean> {
  const there = navigator.onLine && (await fetch("/", { method: "HEAD", cache: "no-store" }).then((answer) => answer.ok, () => false));
  if (there) location.reload();
  return there;
}

/** The same by itself, once for each part: where that did not help, a person is asked. */
export async function reloadOnce({ cause }: PartMissing): Promise<void> {
  const key = `rolecall.reloaded:${cause instanceof Error ? cause.message : ""}`;
  try {
    if (!navigator.onLine || sessionStorage.getItem(key)) return;
    if (await reload()) sessionStorage.setItem(key, "1");
  } catch {
    // Without storage nobody could know that it was tried already.
  }
}

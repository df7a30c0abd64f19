// Lazily loaded chunks. A chunk usually fails to load because a newer deployment has replaced it, so reloading the page
// helps; without a connection, a reload would show the browser's own error page.

/** A chunk failed to load. */
export class ChunkLoadError extends Error {}

/** Wraps every dynamic `import()`, so that its failure is not mistaken for a failed request. */
export async function loadChunk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ChunkLoadError("a part of the console did not load", { cause });
  }
}

/** Reloads the page if the server can be reached; returns whether it can. */
export async function reloadPage(): Promise<boolean> {
  const online =
    navigator.onLine &&
    (await fetch("/", { method: "HEAD", cache: "no-store" }).then(
      (response) => response.ok,
      () => false,
    ));
  if (online) location.reload();
  return online;
}

/** Reloads the page once per chunk; after that, the user is asked. */
export async function reloadPageOnce({ cause }: ChunkLoadError): Promise<void> {
  const key = `rolecall.reloaded:${cause instanceof Error ? cause.message : ""}`;
  try {
    if (!navigator.onLine || sessionStorage.getItem(key)) return;
    if (await reloadPage()) sessionStorage.setItem(key, "1");
  } catch {
    // Without storage, repeated reloads could not be prevented.
  }
}

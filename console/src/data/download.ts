// Saving a file that the page made.

export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Delayed: browsers read the URL when the download begins.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// Notifies the other tabs of this browser about changes, by a BroadcastChannel. Other devices poll and refetch on focus.
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("rolecall") : undefined;

export function broadcastChange(): void {
  channel?.postMessage("changed");
}

export function onBroadcast(listener: () => void): void {
  channel?.addEventListener("message", listener);
}

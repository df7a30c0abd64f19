// The other windows of the same browser hear of every change made in this one, and of signing in and out.
// Windows on other machines learn it from their own renewal of rights and from reading again when they get the focus.
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("rolecall") : undefined;

export function announce(): void {
  channel?.postMessage("changed");
}

export function onAnnouncement(listener: () => void): void {
  channel?.addEventListener("message", listener);
}

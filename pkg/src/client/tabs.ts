// Messages between the tabs of a browser that use one deployment.

/** What a tab tells the others: nobody is signed in any more; another user may be; the user has chosen another account. */
export type TabMessage = { readonly type: "signed-out" } | { readonly type: "user-changed" } | { readonly type: "account-changed"; readonly account: string };

function readMessage(data: unknown): TabMessage | undefined {
  const { type, account } = (typeof data === "object" && data !== null ? data : {}) as { type?: unknown; account?: unknown };
  if (type === "signed-out" || type === "user-changed") return { type };
  return type === "account-changed" && typeof account === "string" ? { type, account } : undefined;
}

/** The channel of a deployment. Outside of a page there are no tabs, and neither is there a channel. */
export class Tabs {
  readonly #channel: BroadcastChannel | undefined;

  constructor(baseUrl: string, receive: (message: TabMessage) => void) {
    if (typeof document === "undefined" || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(`rolecall ${baseUrl}`);
    this.#channel.addEventListener("message", ({ data }) => {
      const message = readMessage(data);
      if (message) receive(message);
    });
  }

  post(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  close(): void {
    this.#channel?.close();
  }
}

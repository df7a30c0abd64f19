// The plugin: provides a client to an app, starts it once the app is mounted, and keeps its state in a ref.
import { type InjectionKey, type Plugin, type ShallowRef, inject, shallowRef } from "vue";
import type { Client, Snapshot } from "../client/index.js";
import { RolecallClientError } from "../client/problem.js";
import { LOADING, stateOf } from "../client/snapshot.js";

/** Options of {@link createRolecall}. */
export interface RolecallOptions {
  /** The page's client. */
  client: Client;
  /** State to render before the client has its own: the one that the server has read, so that the first HTML is right. */
  initial?: Snapshot | undefined;
  /** Whether to call `client.start()` when the app is mounted. True by default; false where the page does so itself. */
  start?: boolean | undefined;
}

interface Provided {
  readonly client: Client;
  readonly snapshot: Readonly<ShallowRef<Snapshot>>;
}

const PROVIDED: InjectionKey<Provided> = Symbol("rolecall");

/** A plugin that provides the client to an app: `app.use(createRolecall({ client }))`. One for each app, on a server for each request. */
export function createRolecall({ client, initial = LOADING, start = true }: RolecallOptions): Plugin<[]> {
  return {
    install(app) {
      const snapshot = shallowRef(initial);
      app.provide(PROVIDED, { client, snapshot });
      const { mount, unmount } = app;
      let stop = () => {};
      // Not before: until the app is hydrated, its state must be the one of the server.
      app.mount = (...args) => {
        const root = mount(...args);
        const update = () => void (snapshot.value = stateOf(client, initial));
        stop = client.subscribe(update);
        update();
        // A failure is the client's state, which the composables return.
        if (start) client.start().catch(() => {});
        return root;
      };
      app.unmount = () => {
        stop();
        unmount();
      };
    },
  };
}

export function injectProvided(): Provided {
  const provided = inject(PROVIDED, undefined);
  if (provided) return provided;
  const error = new RolecallClientError("provider-missing");
  error.message = "The app has no Rolecall client: app.use(createRolecall({ client })) first.";
  throw error;
}

// The client, and its state as a store: the first component that subscribes to it starts the client.
import { createClient } from "rolecall";
import { rolecallStore } from "rolecall/svelte";

export const rolecall = createClient();
export const session = rolecallStore(rolecall);

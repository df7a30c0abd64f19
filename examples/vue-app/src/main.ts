// Creates the client and mounts the app: the plugin then reads who is signed in.
import { createClient } from "rolecall";
import { createRolecall } from "rolecall/vue";
import { createApp } from "vue";
import App from "./App.vue";

createApp(App)
  .use(createRolecall({ client: createClient() }))
  .mount("#app");

// Makes the client, says in which account to act, and shows the app.
import { createRoot } from "react-dom/client";
import { createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";
import { App } from "./App";

const rolecall = await createClient({ baseUrl: "/" });
const { active_account } = await rolecall.me.get();
await rolecall.accounts.use(active_account);

createRoot(document.getElementById("app")!).render(
  <RolecallProvider client={rolecall}>
    <App />
  </RolecallProvider>,
);

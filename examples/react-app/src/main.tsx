// Creates the client, switches to the user's active account, and renders the app.
import { createRoot } from "react-dom/client";
import { RolecallError, createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";
import { App } from "./App";

const rolecall = await createClient({ baseUrl: "/" });
try {
  const { active_account } = await rolecall.me.get();
  await rolecall.accounts.use(active_account);
} catch (error) {
  // Signed out: the page says so. Every other error is reported.
  if (!(error instanceof RolecallError && error.status === 401)) throw error;
}

createRoot(document.getElementById("app")!).render(
  <RolecallProvider client={rolecall}>
    <App />
  </RolecallProvider>,
);

// Makes the client, says in which account to act, and shows the app.
import { createRoot } from "react-dom/client";
import { RolecallError, createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";
import { App } from "./App";

const rolecall = await createClient({ baseUrl: "/" });
try {
  const { active_account } = await rolecall.me.get();
  await rolecall.accounts.use(active_account);
} catch (error) {
  // Nobody is signed in: the page says so. Whatever else went wrong is not hidden.
  if (!(error instanceof RolecallError && error.status === 401)) throw error;
}

createRoot(document.getElementById("app")!).render(
  <RolecallProvider client={rolecall}>
    <App />
  </RolecallProvider>,
);

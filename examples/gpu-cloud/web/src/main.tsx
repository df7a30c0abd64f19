// Loads the signed-in user, switches to their active account, and renders the page.
import { createRoot } from "react-dom/client";
import { RolecallError, createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";
import { App } from "./App";
import "./style.css";

/** Origin of Rolecall's console. */
declare const ROLECALL: string;

const root = createRoot(document.getElementById("app")!);
const rolecall = createClient({ baseUrl: "/" });

try {
  const me = await rolecall.me.get();
  await rolecall.switchAccount(me.active_account);
  root.render(
    <RolecallProvider client={rolecall}>
      <App me={me} console={ROLECALL} />
    </RolecallProvider>,
  );
} catch (error) {
  const signedOut = error instanceof RolecallError && error.status === 401;
  root.render(
    <main className="welcome">
      <h1>GPU Cloud</h1>
      <p>
        {signedOut
          ? "An example of an API behind Rolecall. Sign in to Rolecall, then come back and reload this page."
          : `Rolecall returned an error: ${String(error)}`}
      </p>
      <a className="button primary" href={`${ROLECALL}/sign-in`}>
        Sign in
      </a>
    </main>,
  );
}

// Creates the client and renders the app: the provider reads who is signed in.
import { createRoot } from "react-dom/client";
import { createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";
import { App } from "./App";

const rolecall = createClient();

createRoot(document.getElementById("app")!).render(
  <RolecallProvider client={rolecall}>
    <App />
  </RolecallProvider>,
);

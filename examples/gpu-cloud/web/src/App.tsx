// Page with the account switcher, the caller's role, and the resources of the account.
import { useState } from "react";
import type { MeResponse } from "rolecall";
import { useAccount } from "rolecall/react";
import { Billing } from "./Billing";
import { Endpoints } from "./Endpoints";
import { Machines } from "./Machines";
import { Volumes } from "./Volumes";

export function App({ me, console }: { me: MeResponse; console: string }) {
  const { account, role, switchAccount } = useAccount();
  const [failed, setFailed] = useState("");
  const choose = (id: string) => {
    setFailed("");
    switchAccount(id).catch((error: unknown) => {
      // A later switch aborts this one.
      if (!(error instanceof DOMException && error.name === "AbortError")) setFailed(String(error));
    });
  };
  return (
    <>
      <header>
        <h1>GPU Cloud</h1>
        <div className="account">
          <label htmlFor="account" className="quiet">
            Account
          </label>
          <select id="account" value={account ?? ""} onChange={(event) => choose(event.target.value)}>
            {!account && <option value="">None</option>}
            {me.memberships.map((membership) => (
              <option key={membership.account.id} value={membership.account.id}>
                {membership.account.name}
              </option>
            ))}
          </select>
        </div>
        {role && <span className="chip">{role}</span>}
        <a href={`${console}/team`}>{me.user.name || me.user.email}</a>
      </header>
      {failed && <p className="failed">{failed}</p>}
      {account ? (
        // The key remounts the page on a switch, so that no data of the previous account remains.
        <main key={account}>
          <Machines title="Pods" path="/api/pods" see="pods.connect" change="pods.manage" />
          <Machines title="Instant Clusters" path="/api/clusters" see="clusters.connect" change="clusters.manage" />
          <Endpoints />
          <Volumes />
          <Billing />
        </main>
      ) : (
        <main className="welcome">
          <p>No account is selected. Choose one above, or sign in again.</p>
          <a className="button primary" href={`${console}/sign-in`}>
            Sign in
          </a>
        </main>
      )}
    </>
  );
}

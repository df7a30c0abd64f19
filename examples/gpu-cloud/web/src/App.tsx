// The page: in which account one acts, as what, and everything that the account has.
import { useState } from "react";
import type { MeResponse } from "rolecall";
import { useAccount } from "rolecall/react";
import { Billing } from "./Billing";
import { Endpoints } from "./Endpoints";
import { Machines } from "./Machines";
import { Volumes } from "./Volumes";

export function App({ me, console }: { me: MeResponse; console: string }) {
  const { account, role, use } = useAccount();
  const [failed, setFailed] = useState("");
  const choose = (id: string) => {
    setFailed("");
    use(id).catch((error: unknown) => {
      // A later choice has taken this one's place.
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
        // Another account is another page: nothing of the one before stays.
        <main key={account}>
          <Machines title="Pods" path="/api/pods" see="pods.connect" change="pods.manage" />
          <Machines title="Instant Clusters" path="/api/clusters" see="clusters.connect" change="clusters.manage" />
          <Endpoints />
          <Volumes />
          <Billing />
        </main>
      ) : (
        <main className="welcome">
          <p>You act in no account. Choose one above, or sign in again.</p>
          <a className="button primary" href={`${console}/sign-in`}>
            Sign in
          </a>
        </main>
      )}
    </>
  );
}

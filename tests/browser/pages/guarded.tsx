// A page that a front-end developer might write: one guarded button and its reason. It counts how often it renders, and
// leaves its client where a test can reach it. `?api=` names a Rolecall on another origin.
import { createRoot } from "react-dom/client";
import { createClient, RolecallError } from "rolecall";
import { Can, RolecallProvider, useAccount, useCan, useExplain, useMembers, useRolecall } from "rolecall/react";

const api = new URLSearchParams(location.search).get("api") ?? "/";
const rolecall = createClient({ baseUrl: api });
const renders = { role: 0, button: 0 };

function Role() {
  renders.role += 1;
  const { account, role } = useAccount();
  return <h1>{account ? `${role} in ${account}` : "nobody"}</h1>;
}

function Create() {
  renders.button += 1;
  const may = useCan("clusters.manage");
  return (
    <button type="button" disabled={!may}>
      Create a cluster
    </button>
  );
}

function WhyNot() {
  const why = useExplain("clusters.manage");
  return <p>{why && !why.allowed ? `ask: ${why.grantedBy.join(", ")}` : "no reason"}</p>;
}

function Members() {
  const { items, loading, error } = useMembers();
  const { account } = useAccount();
  useRolecall();
  if (!account) return null;
  return <ul aria-busy={loading}>{error ? "failed" : items?.map(({ user }) => <li key={user.id}>{user.email}</li>)}</ul>;
}

createRoot(document.getElementById("app")!).render(
  <RolecallProvider client={rolecall}>
    <Role />
    <Create />
    <Can permission="clusters.manage" fallback={<WhyNot />}>
      <p>welcome</p>
    </Can>
    <Members />
  </RolecallProvider>,
);

/** Sends through the guard; answers what came of it. */
async function send(method: string, path: string) {
  try {
    return { status: (await rolecall.fetch(path, { method })).status, local: false };
  } catch (error) {
    if (error instanceof RolecallError) return { status: error.status, local: error.local, problem: error.problem };
    throw error;
  }
}

Object.assign(globalThis, { rolecall, renders, send });

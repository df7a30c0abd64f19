// A button for users who hold the permission, and the reason for users who do not.
import { useState } from "react";
import { Can, useAccount, useCan, useExplain, useRolecall } from "rolecall/react";

export function App() {
  const { account, role } = useAccount();
  return (
    <main>
      <h1>Pods</h1>
      <p>{account ? `You use ${account} as ${role}.` : "Nobody is signed in."}</p>
      <Can permission="pods.manage" fallback={<WhyNot />}>
        <CreatePod />
      </Can>
      <Can permission={["billing.view", "billing.manage"]}>
        <a href="/billing">Billing</a>
      </Can>
    </main>
  );
}

function CreatePod() {
  const rolecall = useRolecall();
  const [outcome, setOutcome] = useState("");
  const create = async () => {
    try {
      const response = await rolecall.fetch("/api/pods", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "first", gpu: "rtx-4090" }),
      });
      // The Pod, or a problem document (RFC 9457) of the API; a proxy may respond with neither.
      const body = await response.json().catch(() => ({}));
      setOutcome(response.ok ? `Created ${body.id}.` : (body.detail ?? `The API responded with status ${response.status}.`));
    } catch (error) {
      // Refused by the rules, locally or at the gateway, or no response.
      setOutcome(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <p>
      <button type="button" onClick={create}>
        Create a Pod
      </button>{" "}
      <output>{outcome}</output>
    </p>
  );
}

function WhyNot() {
  const why = useExplain("pods.manage");
  const canInvite = useCan("members.invite");
  if (!why) return <p>Sign in to create Pods.</p>;
  return (
    <p>
      Your role {why.role} may not create Pods; {why.grantedBy.join(" or ")} may.
      {canInvite ? " Change it under Team." : " Ask an admin of your team."}
    </p>
  );
}

"use client";
import { useState } from "react";
import { Can, type Denial, useCan, useRolecall } from "rolecall/react";

export function PodButton() {
  return (
    <Can permission="pods.manage" loading={<p>Loading…</p>} fallback={(why) => <WhyNot why={why} />}>
      <CreatePod />
    </Can>
  );
}

function CreatePod() {
  const rolecall = useRolecall();
  const [outcome, setOutcome] = useState("");
  const create = async () => {
    try {
      const response = await rolecall.fetch("/api/pods", { method: "POST", json: { name: "first", gpu: "rtx-4090" } });
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

function WhyNot({ why }: { why: Denial }) {
  const canInvite = useCan("members.invite");
  if (why.status === "failed") return <p>Rolecall could not be reached: {(why.error as Error).message}</p>;
  if (why.status !== "signed-in") return <p>Sign in to create Pods.</p>;
  const { role, grantedBy } = why.missing;
  return (
    <p>
      Your role {role} may not create Pods; {grantedBy.join(" or ")} may.
      {canInvite ? " Change it under Team." : " Ask an admin of your team."}
    </p>
  );
}

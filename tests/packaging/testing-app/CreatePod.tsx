import { Can } from "rolecall/react";

export function CreatePod() {
  return (
    <Can permission="pods.manage" fallback={({ status }) => <p>{status === "signed-in" ? "Ask an admin for Pods." : "Sign in first."}</p>}>
      <button type="button">Create Pod</button>
    </Can>
  );
}

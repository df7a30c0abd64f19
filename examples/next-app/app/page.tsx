// A button for users who hold the permission, and the reason for users who do not.
import { Can } from "rolecall/react";
import { Account } from "./account";
import { PodButton } from "./pod-button";

export default function Page() {
  return (
    <main>
      <h1>Pods</h1>
      <Account />
      <PodButton />
      <Can allOf={["billing.view", "billing.manage"]}>
        <a href="/billing">Billing</a>
      </Can>
    </main>
  );
}

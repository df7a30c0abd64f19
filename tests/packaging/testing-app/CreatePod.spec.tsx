import { act, cleanup, render, screen } from "@testing-library/react";
import { RolecallProvider } from "rolecall/react";
import { fakeClient } from "rolecall/testing";
import { afterEach, expect, test } from "vitest";
import { CreatePod } from "./CreatePod";

afterEach(cleanup);

test("a developer may create Pods, somebody in billing may not", async () => {
  const client = fakeClient({ role: "dev" });
  render(
    <RolecallProvider client={client}>
      <CreatePod />
    </RolecallProvider>,
  );
  screen.getByRole("button", { name: "Create Pod" });

  act(() => client.setRole("billing"));
  screen.getByText("Ask an admin for Pods.");
  expect(screen.queryByRole("button")).toBe(null);

  await act(() => client.signOut());
  screen.getByText("Sign in first.");
});

test("a request that the policy refuses is not sent", async () => {
  const sent: string[] = [];
  const client = fakeClient({
    permissions: ["pods.connect"],
    fetch: async (url) => {
      sent.push(new URL(url).pathname);
      return { ok: true, status: 200, json: async () => [] } as unknown as Response;
    },
  });
  await client.fetch("/api/pods");
  await expect(client.fetch("/api/pods", { method: "POST" })).rejects.toMatchObject({ code: "permission-missing", local: true });
  expect(sent).toEqual(["/api/pods"]);
});

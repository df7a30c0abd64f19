import { cleanup, render, screen } from "@testing-library/react";
import { createClient } from "rolecall";
import { Can, RolecallProvider } from "rolecall/react";
import { afterEach, expect, test } from "vitest";

// At module level, as apps have it.
const client = createClient({ fetch: () => new Promise(() => {}) });

afterEach(cleanup);

test("the real client imports, and is loading until the server responds", async () => {
  expect(createClient().snapshot()).toEqual({ status: "loading" });
  render(
    <RolecallProvider client={client}>
      <Can permission="pods.manage" loading="soon">
        yes
      </Can>
    </RolecallProvider>,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  screen.getByText("soon");
  expect(client.snapshot()).toEqual({ status: "loading" });
  cleanup();
  client.close();
});

import type { ReactNode } from "react";
import { RolecallProvider } from "rolecall/react";
import { type FakeClientOptions, fakeClient } from "rolecall/testing";

type Story = { parameters: { rolecall?: FakeClientOptions } };

/** For `decorators` in .storybook/preview.tsx; a story has `parameters: { rolecall: { role: "dev" } }`. */
export function withRolecall(story: () => ReactNode, { parameters }: Story) {
  return <RolecallProvider client={fakeClient(parameters.rolecall ?? { status: "signed-out" })}>{story()}</RolecallProvider>;
}

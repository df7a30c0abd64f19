// The page's client: in the browser it takes over from the state that the server has read.
"use client";
import type { ReactNode } from "react";
import { type Snapshot, createClient } from "rolecall";
import { RolecallProvider } from "rolecall/react";

const rolecall = createClient();

export function Providers({ initial, children }: { initial: Snapshot; children: ReactNode }) {
  return (
    <RolecallProvider client={rolecall} initial={initial}>
      {children}
    </RolecallProvider>
  );
}

// Reads who is signed in before the page is rendered, so that the first HTML is right.
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { getSnapshot } from "rolecall/next";
import { baseUrl } from "../rolecall";
import { Providers } from "./providers";

export default async function Layout({ children }: { children: ReactNode }) {
  const snapshot = await getSnapshot(await headers(), { baseUrl });
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
        <title>Pods</title>
      </head>
      <body>
        <Providers initial={snapshot}>{children}</Providers>
      </body>
    </html>
  );
}

// The layout of all signed-in pages, shown once the session has loaded.
import { useRouteContext } from "@tanstack/react-router";
import { RolecallProvider } from "rolecall/react";
import { SessionProvider } from "../data/session";
import { Skeleton } from "../components/Feedback";
import { AppShell } from "./AppShell";
import { PageSkeleton } from "./PageSkeleton";
import appShellStyles from "./AppShell.module.css";

export function ConsoleLayout() {
  const { rolecall } = useRouteContext({ from: "/console" });
  return (
    <RolecallProvider client={rolecall}>
      <SessionProvider
        fallback={
          <div className={appShellStyles.shell}>
            <div className={appShellStyles.sidebar}>
              <Skeleton lines={1} height="row" />
            </div>
            <PageSkeleton />
          </div>
        }
      >
        <AppShell />
      </SessionProvider>
    </RolecallProvider>
  );
}

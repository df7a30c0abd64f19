// The layout of all signed-in pages, shown once the session has loaded.
import { RolecallProvider } from "rolecall/react";
import { rolecall } from "../data/client";
import { SessionProvider } from "../data/session";
import { StepUpHostContext } from "../data/step-up";
import { StepUpHost } from "../components/StepUpHost";
import { Skeleton } from "../components/Feedback";
import { AppShell } from "./AppShell";
import { PageSkeleton } from "./PageSkeleton";
import appShellStyles from "./AppShell.module.css";

export function ConsoleLayout() {
  return (
    <RolecallProvider client={rolecall} start={false}>
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
        <StepUpHostContext value={StepUpHost}>
          <AppShell />
          <StepUpHost />
        </StepUpHostContext>
      </SessionProvider>
    </RolecallProvider>
  );
}

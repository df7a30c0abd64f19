// The layout of all signed-in pages, shown once the session has loaded.
import { SessionProvider } from "../data/session";
import { Skeleton } from "../components/Feedback";
import { AppShell } from "./AppShell";

export function ConsoleLayout() {
  return (
    <SessionProvider
      fallback={
        <div className="shell">
          <div className="side">
            <Skeleton lines={1} height="row" />
          </div>
          <div className="page">
            <Skeleton lines={3} height="card" />
          </div>
        </div>
      }
    >
      <AppShell />
    </SessionProvider>
  );
}

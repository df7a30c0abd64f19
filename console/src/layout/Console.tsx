// Everything behind the sign-in: it waits until it is known who is here, and then shows the frame.
import { ActiveProvider } from "../data/session";
import { Skeleton } from "../parts/States";
import { Shell } from "./Shell";

export function Console() {
  return (
    <ActiveProvider
      waiting={
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
      <Shell />
    </ActiveProvider>
  );
}

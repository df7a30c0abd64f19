// Signing in and out.
import { type Query, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toastProblem } from "../components/toast";
import { rolecall } from "./client";
import { broadcastChange } from "./cross-tab";
import { SessionCookieMissing } from "./problems";
import { meQuery } from "./queries";

/** True from "Sign out" until the next sign-in, so that no expired session is reported. */
let signingOut = false;
export const isSigningOut = (): boolean => signingOut;

/** Whether cached data is another user's after a sign-in; `meQuery` is replaced, not removed. */
const belongsToUser = ({ queryKey }: Query): boolean => !["policy", "invitation", "provider-link", "me"].includes(String(queryKey[0]));

/** Returns what to run after signing in, joining or verifying an email: drops cached data and loads the new user. */
export function useAfterSignIn(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    signingOut = false;
    queries.removeQueries({ predicate: belongsToUser });
    // The server created a session, so a missing one means that the browser dropped the cookie.
    if ((await queries.fetchQuery({ ...meQuery, staleTime: 0 })) === null) throw new SessionCookieMissing();
    broadcastChange();
  };
}

/** Returns what to run after the session has ended: drops cached data. */
export function useAfterSignOut(): () => void {
  const queries = useQueryClient();
  return () => {
    queries.setQueryData(meQuery.queryKey, null);
    queries.removeQueries({ predicate: belongsToUser });
    broadcastChange();
  };
}

/** Signs out. `stayOnPage` keeps the page, which then renders for a signed-out visitor. */
export function useSignOut(): (options?: { stayOnPage?: boolean }) => Promise<void> {
  const afterSignOut = useAfterSignOut();
  const navigate = useNavigate();
  return async ({ stayOnPage = false } = {}) => {
    try {
      await rolecall.signOut();
    } catch (error) {
      toastProblem(error);
      return;
    }
    signingOut = true;
    afterSignOut();
    if (!stayOnPage) await navigate({ to: "/sign-in", replace: true });
  };
}

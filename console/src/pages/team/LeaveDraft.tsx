// Asks before a page is left on which something is not saved yet.
import { useBlocker } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { Confirm } from "../../parts/Dialog";
import { text } from "../../text";

const words = text.roles;

/** `unsaved` tells how much would be lost. */
export function LeaveDraft({ unsaved }: { unsaved: () => number }) {
  const [count, setCount] = useState(0);
  const losesIt = useCallback(() => unsaved() > 0, [unsaved]);
  const blocker = useBlocker({
    withResolver: true,
    enableBeforeUnload: losesIt,
    shouldBlockFn: ({ current, next }) => {
      // Whoever is signed out could not save any more.
      if (next.pathname === current.pathname || next.pathname === "/sign-in" || !losesIt()) return false;
      setCount(unsaved());
      return true;
    },
  });
  return (
    <Confirm
      open={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={words.leaveTitle}
      body={words.leaveBody(count)}
      submit={words.leaveSubmit}
      onConfirm={async () => blocker.proceed?.()}
    />
  );
}

// Asks for confirmation before navigating away from unsaved changes.
import { useBlocker } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { ConfirmDialog } from "../../components/Dialog";
import { messages } from "../../messages";

const t = messages.roles;

export function UnsavedChangesPrompt({ countUnsaved }: { countUnsaved: () => number }) {
  const [count, setCount] = useState(0);
  const hasUnsaved = useCallback(() => countUnsaved() > 0, [countUnsaved]);
  const blocker = useBlocker({
    withResolver: true,
    enableBeforeUnload: hasUnsaved,
    shouldBlockFn: ({ current, next }) => {
      // Signed-out users could not save any more.
      if (next.pathname === current.pathname || next.pathname === "/sign-in" || !hasUnsaved()) return false;
      setCount(countUnsaved());
      return true;
    },
  });
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={t.leaveTitle}
      body={t.leaveBody(count)}
      submit={t.leaveSubmit}
      onConfirm={async () => blocker.proceed?.()}
    />
  );
}

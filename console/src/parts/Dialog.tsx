// Dialogs: a titled panel over the page, a sheet from below on a phone. Focus goes in, stays in, and comes back.
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { text } from "../text";
import { Button, IconButton } from "./Button";
import { Notice } from "./States";
import { problemText } from "../data/problems";
import { focusAfterDialog } from "../focus";

/** How many dialogs are open; the page behind them rests until there is none. */
let dialogs = 0;

/**
 * Keeps the focus out of the page behind an open dialog, as the browser's own modal dialogs do. The library brings the
 * focus back from the end of the dialog to its beginning one frame later; whoever presses Tab faster than a busy page
 * draws frames would be among the links behind the dialog by then, and stay there.
 *
 * Stands inside the panel, and rests only after the layout: by then the library has noted where to bring the focus
 * back to. The page is woken before the focus comes back.
 */
function PageRests({ while: rests }: { while: boolean }) {
  const resting = useRef(false);
  useEffect(() => {
    if (!rests) return;
    resting.current = true;
    dialogs += 1;
    page().inert = true;
  }, [rests]);
  useLayoutEffect(
    () => () => {
      if (!resting.current) return;
      resting.current = false;
      dialogs -= 1;
      page().inert = dialogs > 0;
    },
    [rests],
  );
  return null;
}

const page = () => document.getElementById("root")!;

interface DialogProps {
  open: boolean;
  onClose: () => void;
  /** It is gone from the screen: now its content may change without being seen. */
  onClosed?: (() => void) | undefined;
  title: string;
  lead?: ReactNode;
  wide?: boolean;
  /** A press beside it does not close it: what stands in it would be lost. `keys` neither: only its buttons do. */
  firm?: boolean | "keys";
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

export function Dialog({ open, onClose, onClosed, title, lead, wide, firm = false, initialFocus, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // Into the first field to be typed in, where there is one. A field's own `autoFocus` would take it before the dialog
  // has noted where to bring it back to. Opened by a finger, it stays with the dialog: the keyboard would cover it.
  const firstField = (by: string) => (by === "touch" ? true : (popup.current?.querySelector<HTMLElement>("input:not([readonly], [type=radio], [type=checkbox])") ?? true));
  return (
    <Base.Root open={open} onOpenChange={(next, { reason }) => !next && !(firm === "keys" && reason === "escape-key") && onClose()} onOpenChangeComplete={(next) => !next && onClosed?.()} disablePointerDismissal={firm !== false}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup ref={popup} className={`dialog ${wide ? "wide" : ""}`} initialFocus={initialFocus ?? firstField} finalFocus={focusAfterDialog}>
          <PageRests while={open} />
          <header className="dialog-head">
            <div className="grow">
              <Base.Title className="dialog-title">{title}</Base.Title>
              {lead && <Base.Description className="soft">{lead}</Base.Description>}
            </div>
            <Base.Close render={<IconButton icon="cross" label={text.close} />} />
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The buttons of a dialog: what is proposed stands last, at the edge where the eye ends. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="dialog-actions">{children}</div>;
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  body: ReactNode;
  submit: string;
  /** Why it cannot be confirmed yet. */
  reason?: string | undefined;
  danger?: boolean;
  /** Does it; the dialog stays open and shows the problem when it fails. */
  onConfirm: () => Promise<unknown>;
  children?: ReactNode;
}

/** Asks once more before something that cannot be taken back. */
export function Confirm({ open, onClose, title, body, submit, reason, danger = true, onConfirm, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || reason !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()} onOpenChangeComplete={(next) => !next && setProblem(undefined)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" finalFocus={focusAfterDialog}>
          <PageRests while={open} />
          <header className="dialog-head">
            <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          </header>
          <form onSubmit={confirm} className="stack">
            <AlertDialog.Description render={<div />} className="soft">
              {body}
            </AlertDialog.Description>
            {children}
            {problem !== undefined && <Notice kind="bad">{problemText(problem)}</Notice>}
            <DialogActions>
              <Button onClick={onClose}>{text.cancel}</Button>
              <Button type="submit" look={danger ? "danger" : "primary"} busy={busy} reason={reason}>
                {submit}
              </Button>
            </DialogActions>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

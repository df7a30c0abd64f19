// Dialogs: a titled panel over the page, a sheet from below on a phone. Focus goes in, stays in, and comes back.
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, type RefObject, useRef, useState } from "react";
import { text } from "../text";
import { Button, IconButton } from "./Button";
import { Notice } from "./States";
import { problemText } from "../data/problems";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  lead?: ReactNode;
  wide?: boolean;
  /** A press beside it does not close it: what stands in it would be lost. */
  firm?: boolean;
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

export function Dialog({ open, onClose, title, lead, wide, firm = false, initialFocus, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // Into the first field to be typed in, where there is one. A field's own `autoFocus` would take it before the dialog
  // has noted where to bring it back to. Opened by a finger, it stays with the dialog: the keyboard would cover it.
  const firstField = (by: string) => (by === "touch" ? true : (popup.current?.querySelector<HTMLElement>("input:not([readonly], [type=radio], [type=checkbox])") ?? true));
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()} disablePointerDismissal={firm}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup ref={popup} className={`dialog ${wide ? "wide" : ""}`} initialFocus={initialFocus ?? firstField}>
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
  const close = () => {
    setProblem(undefined);
    onClose();
  };
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || reason !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      close();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
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
              <Button onClick={close}>{text.cancel}</Button>
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

// Modal dialogs: a panel over the page, a bottom sheet on phones. Traps the focus and restores it on close.
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, type RefObject, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import { messages } from "../messages";
import { Button, IconButton } from "./Button";
import { Notice } from "./Feedback";
import { problemText } from "../data/problems";
import { StepUpCancelled, StepUpHostContext } from "../data/step-up";
import { dialogReturnTarget } from "../focus-restoration";
import styles from "./Dialog.module.css";
import { cx } from "./cx";

/** The number of open dialogs; the page is inert while there are any. */
let openDialogs = 0;

/**
 * Makes the page behind an open dialog inert, as native modal dialogs do. The library moves the focus from the end of the
 * dialog back to its beginning one frame late, so fast Tab presses could otherwise leave the dialog.
 *
 * Rendered inside the panel and applied in an effect, after the library has noted where to restore the focus; undone in a
 * layout effect, before the focus is restored.
 */
function InertPage({ active }: { active: boolean }) {
  const applied = useRef(false);
  useEffect(() => {
    if (!active) return;
    applied.current = true;
    openDialogs += 1;
    pageRoot().inert = true;
  }, [active]);
  useLayoutEffect(
    () => () => {
      if (!applied.current) return;
      applied.current = false;
      openDialogs -= 1;
      pageRoot().inert = openDialogs > 0;
    },
    [active],
  );
  return null;
}

/** Renders the question "Confirm it is you" as a dialog above this one, where a change in it asks for that. */
function StepUpAbove({ active }: { active: boolean }) {
  const Host = useContext(StepUpHostContext);
  return Host && active ? <Host /> : null;
}

const pageRoot = () => document.getElementById("root")!;

interface DialogProps {
  open: boolean;
  onClose: () => void;
  /** Called after the closing animation, when content may be reset unseen. */
  onClosed?: (() => void) | undefined;
  title: string;
  lead?: ReactNode;
  wide?: boolean;
  /** What closes the dialog besides its buttons: `anywhere` also a press outside, `escape` only the Escape key. */
  closeOn?: "anywhere" | "escape" | "buttons";
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

export function Dialog({ open, onClose, onClosed, title, lead, wide, closeOn = "anywhere", initialFocus, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // The first text field, if any. A field's own `autoFocus` would take the focus before the dialog has noted where to
  // restore it. On touch, the dialog itself: the on-screen keyboard would cover it.
  const firstField = (openedBy: string) =>
    openedBy === "touch" ? true : (popup.current?.querySelector<HTMLElement>("input:not([readonly], [type=radio], [type=checkbox])") ?? true);
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, { reason }) => !next && !(closeOn === "buttons" && reason === "escape-key") && onClose()}
      onOpenChangeComplete={(next) => !next && onClosed?.()}
      disablePointerDismissal={closeOn !== "anywhere"}
    >
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup ref={popup} className={cx(styles.dialog, wide && styles.wide)} initialFocus={initialFocus ?? firstField} finalFocus={dialogReturnTarget}>
          <InertPage active={open} />
          <header className={styles.header}>
            <div className="grow">
              <Base.Title className={styles.title}>{title}</Base.Title>
              {lead && <Base.Description className="soft">{lead}</Base.Description>}
            </div>
            <Base.Close render={<IconButton className={styles.close} icon="cross" label={messages.common.close} />} />
          </header>
          {children}
          <StepUpAbove active={open} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The action buttons of a dialog; the primary action comes last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  body: ReactNode;
  submit: string;
  /** Disables the confirming button and says why. */
  disabledReason?: string | undefined;
  danger?: boolean;
  /** Runs the action; on failure the dialog stays open and shows the problem. */
  onConfirm: () => Promise<unknown>;
  children?: ReactNode;
}

/** Asks for confirmation before an action. */
export function ConfirmDialog({ open, onClose, title, body, submit, disabledReason, danger = true, onConfirm, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || disabledReason !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      if (!(error instanceof StepUpCancelled)) setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()} onOpenChangeComplete={(next) => !next && setProblem(undefined)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.dialog} finalFocus={dialogReturnTarget}>
          <InertPage active={open} />
          <header className={styles.header}>
            <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
          </header>
          <form onSubmit={confirm} className="stack">
            <AlertDialog.Description render={<div />} className="soft">
              {body}
            </AlertDialog.Description>
            {children}
            {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
            <DialogActions>
              <Button onClick={onClose}>{messages.common.cancel}</Button>
              <Button type="submit" variant={danger ? "danger" : "primary"} busy={busy} disabledReason={disabledReason}>
                {submit}
              </Button>
            </DialogActions>
          </form>
          <StepUpAbove active={open} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

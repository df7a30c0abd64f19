// The user's passkeys: adds, renames and removes them.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useRolecall } from "rolecall/react";
import { hasPasskeys, unlessCancelled } from "../../data/passkeys";
import { mySignInMethodsQuery, passkeysQuery } from "../../data/queries";
import { withStepUp } from "../../data/step-up";
import type { Passkey } from "../../data/types";
import { Button } from "../../components/Button";
import { ConfirmDialog, Dialog, DialogActions } from "../../components/Dialog";
import { ErrorState, Notice, Skeleton } from "../../components/Feedback";
import { TextField } from "../../components/Field";
import { useNow } from "../../components/FormattedText";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { formatDate, formatRelative } from "../../format-time";
import { messages } from "../../messages";
import { describeUserAgent } from "./user-agent";
import cardStyles from "../../components/Card.module.css";
import { cx } from "../../components/cx";

const t = messages.passkeys;

/** Reads again what a change of passkeys changes. */
function useReload(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () => Promise.all([passkeysQuery, mySignInMethodsQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
}

export function Passkeys() {
  const passkeys = useQuery(passkeysQuery);
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  return (
    <section className={cardStyles.card} aria-labelledby="passkeys-title">
      <div className={cardStyles.header}>
        <div className="grow">
          <h2 id="passkeys-title">{t.title}</h2>
          <p className="soft small">{t.lead}</p>
        </div>
        <Button disabledReason={hasPasskeys() ? undefined : t.unsupported} onClick={() => setAdding(true)}>
          {t.add}
        </Button>
      </div>
      {passkeys.isPending && <Skeleton lines={2} height="row" />}
      {passkeys.error && !passkeys.data && <ErrorState error={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      <ul>
        {passkeys.data?.map((passkey) => (
          <PasskeyRow key={passkey.id} passkey={passkey} />
        ))}
      </ul>
      <Dialog open={adding} onClose={close} title={t.add} lead={t.addLead} closeOn="escape">
        <AddForm onClose={close} />
      </Dialog>
    </section>
  );
}

function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const rolecall = useRolecall();
  const reload = useReload();
  const now = useNow();
  const [open, setOpen] = useState<"rename" | "remove">();
  const close = () => setOpen(undefined);
  const { id, label, created_at: added, last_used_at: used } = passkey;
  return (
    <li className={cx(cardStyles.setting, cardStyles.footer)}>
      <div className="grow">
        <p className="strong">{label}</p>
        <p className="small soft">
          {t.added(formatDate(added))} · {used === null ? messages.security.neverUsed : messages.security.lastUsed(formatRelative(used, now))}
        </p>
      </div>
      <Button small aria-label={t.renameOf(label)} onClick={() => setOpen("rename")}>
        {t.rename}
      </Button>
      <Button small aria-label={t.removeOf(label)} onClick={() => setOpen("remove")}>
        {t.remove}
      </Button>
      <Dialog open={open === "rename"} onClose={close} title={t.renameTitle} closeOn="escape">
        <RenameForm passkey={passkey} onClose={close} />
      </Dialog>
      <ConfirmDialog
        open={open === "remove"}
        onClose={close}
        title={t.removeTitle(label)}
        body={t.removeBody}
        submit={t.remove}
        onConfirm={async () => {
          await withStepUp(() => rolecall.passkeys.remove(id));
          toast(t.removed(label));
          await reload();
        }}
      />
    </li>
  );
}

function AddForm({ onClose }: { onClose: () => void }) {
  const rolecall = useRolecall();
  const reload = useReload();
  const add = (label: string) =>
    unlessCancelled(async () => {
      const made = await withStepUp(() => rolecall.passkeys.create({ label }));
      onClose();
      toast(t.saved(made.label));
      await reload();
    });
  return <LabelForm initial={describeUserAgent(navigator.userAgent).device} submit={t.add} onSubmit={add} onClose={onClose} />;
}

function RenameForm({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const rolecall = useRolecall();
  const reload = useReload();
  const rename = async (label: string) => {
    await rolecall.passkeys.rename(passkey.id, label);
    await reload();
    onClose();
  };
  return <LabelForm initial={passkey.label} submit={t.rename} onSubmit={rename} onClose={onClose} />;
}

interface LabelFormProps {
  initial: string;
  submit: ReactNode;
  onSubmit: (label: string) => Promise<void>;
  onClose: () => void;
}

function LabelForm({ initial, submit, onSubmit, onClose }: LabelFormProps) {
  const [label, setLabel] = useState(initial);
  const { form, busy, errors, problem } = useForm(() => onSubmit(label.trim()));
  return (
    <form {...form}>
      <TextField
        label={t.label}
        name="label"
        autoComplete="off"
        required
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
        error={errors["label"]}
      />
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy}>
          {submit}
        </Button>
      </DialogActions>
    </form>
  );
}

// Deletes the team after previewing the changes and confirming by the team's name.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { problemText } from "../../data/problems";
import { apiKeysQuery, deleteTeamPreviewQuery, pendingInvitationsQuery, membersQuery } from "../../data/queries";
import { useCan } from "rolecall/react";
import { useRoleTitle } from "../../data/roles";
import { withoutMembershipNotice, useSession } from "../../data/session";
import { StepUpCancelled } from "../../data/step-up";
import type { PlannedChange } from "../../data/types";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { TextField } from "../../components/Field";
import { ErrorState, Notice, Skeleton } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { messages } from "../../messages";
import cardStyles from "../../components/Card.module.css";
import changePreviewStyles from "./ChangePreview.module.css";
import { cx } from "../../components/cx";

const t = messages.teamSettings;

export function DeleteTeam() {
  const { isOwner } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <section className={cx(cardStyles.card, cardStyles.danger)}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.deleteHeading}</h2>
          <p className="soft">{t.deleteDescription}</p>
        </div>
        <Button variant={isOwner ? "danger" : "plain"} disabledReason={isOwner ? undefined : messages.team.disabled.ownerOnly} onClick={() => setOpen(true)}>
          {t.delete}
        </Button>
      </div>
      <DeleteDialog open={open} onClose={() => setOpen(false)} />
    </section>
  );
}

function DeleteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { account } = useSession();
  return (
    <Dialog open={open} onClose={onClose} title={t.deleteTitle(account.name)}>
      <DeleteForm team={account.name} onClose={onClose} />
    </Dialog>
  );
}

function DeleteForm({ team, onClose }: { team: string; onClose: () => void }) {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const preview = useQuery(deleteTeamPreviewQuery(account.id));
  const [confirmation, setConfirmation] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const confirmed = confirmation.trim() === team && preview.data !== undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!confirmed || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await withoutMembershipNotice(account.id, () => mutate((rolecall) => rolecall.accounts.deleteTeam(account.id), { awaitMe: true }));
      onClose();
      toast(t.deleted(team));
    } catch (error) {
      if (!(error instanceof StepUpCancelled)) setProblem(error);
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={submit}>
      <section className={changePreviewStyles.preview} aria-live="polite">
        <h3>{t.deletePreview}</h3>
        {preview.isPending && <Skeleton lines={3} />}
        {preview.error && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.data && <PlannedChanges changes={preview.data} />}
      </section>
      <p className="soft">{t.deleteKept}</p>
      <TextField
        label={t.deleteConfirmation(team)}
        name="confirm"
        autoComplete="off"
        spellCheck={false}
        value={confirmation}
        onChange={(event) => setConfirmation(event.target.value)}
      />
      {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="danger" busy={busy} disabledReason={confirmed ? undefined : t.deleteConfirmation(team)}>
          {t.deleteSubmit}
        </Button>
      </DialogActions>
    </form>
  );
}

/** The planned changes, grouped by action, with names where they can be resolved. */
function PlannedChanges({ changes }: { changes: PlannedChange[] }) {
  const { account } = useSession();
  const canListInvitations = useCan("members.invite");
  const canListKeys = useCan("team.manage");
  const roleTitle = useRoleTitle();
  const members = useQuery(membersQuery(account.id));
  const invitations = useQuery({ ...pendingInvitationsQuery(account.id), enabled: canListInvitations });
  const keys = useQuery({ ...apiKeysQuery(account.id), enabled: canListKeys });
  const nameOf = ({ type, id }: PlannedChange["resource"]): string => {
    if (type === "member") return members.data?.find((member) => member.user.id === id)?.user.name ?? id;
    if (type === "invitation") return invitations.data?.find((invitation) => invitation.id === id)?.email ?? id;
    if (type === "api_key") return keys.data?.find((key) => key.id === id)?.name ?? id;
    return type === "role" ? roleTitle(id) : id;
  };
  const groups: [string, (count: number) => string][] = [
    ["member.remove", t.changes.members],
    ["invitation.revoke", t.changes.invitations],
    ["role.delete", t.changes.roles],
    ["api-key.revoke", t.changes.keys],
  ];
  const visibleGroups = groups
    .map(([action, title]) => ({ title, items: changes.filter((change) => change.action === action) }))
    .filter(({ items }) => items.length > 0);
  if (visibleGroups.length === 0) return <p className="soft">{t.deleteNothing}</p>;
  return (
    <ul className="stack tight">
      {visibleGroups.map(({ title, items }) => (
        <li key={title(0)}>
          <p className="strong">{title(items.length)}</p>
          <p className="soft small break">{items.map((change) => nameOf(change.resource)).join(", ")}</p>
        </li>
      ))}
    </ul>
  );
}

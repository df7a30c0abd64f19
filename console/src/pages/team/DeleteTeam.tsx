// Delete Team: lists by name what will end, and asks to type the team's name before it does.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../../data/act";
import { problemText } from "../../data/problems";
import { apiKeysQuery, deletePreviewQuery, invitationsQuery, membersQuery } from "../../data/queries";
import { useRights } from "../../data/rights";
import { useRoleTitle } from "../../data/roles";
import { changesMembership, useActive } from "../../data/session";
import type { PlannedChange } from "../../data/types";
import { Button } from "../../parts/Button";
import { Dialog, DialogActions } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { ErrorState, Notice, Skeleton } from "../../parts/States";
import { toast } from "../../parts/toast";
import { text } from "../../text";

const words = text.settings;

export function DeleteTeam() {
  const { isOwner } = useActive();
  const [open, setOpen] = useState(false);
  return (
    <section className="card danger-zone">
      <div className="setting">
        <div className="grow">
          <h2>{words.dangerTitle}</h2>
          <p className="soft">{words.dangerLead}</p>
        </div>
        <Button look={isOwner ? "danger" : "plain"} reason={isOwner ? undefined : text.team.why.onlyOwner} onClick={() => setOpen(true)}>
          {words.delete}
        </Button>
      </div>
      <DeleteDialog open={open} onClose={() => setOpen(false)} />
    </section>
  );
}

function DeleteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { account } = useActive();
  return (
    <Dialog open={open} onClose={onClose} title={words.deleteTitle(account.name)}>
      <DeleteForm team={account.name} onClose={onClose} />
    </Dialog>
  );
}

function DeleteForm({ team, onClose }: { team: string; onClose: () => void }) {
  const { account } = useActive();
  const act = useAct(account.id);
  const preview = useQuery(deletePreviewQuery(account.id));
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const ready = typed.trim() === team && preview.data !== undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    try {
      await changesMembership(account.id, () => act((client) => client.deleteTeam(account.id), { me: true }));
      onClose();
      toast(words.deleted(team));
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={submit}>
      <section className="preview" aria-live="polite">
        <h3>{words.deleteLead}</h3>
        {preview.isPending && <Skeleton lines={3} />}
        {preview.error && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.data && <Ending changes={preview.data} />}
      </section>
      <p className="soft">{words.deleteStays}</p>
      <TextField label={words.deleteType(team)} name="confirm" autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
      {problem !== undefined && <Notice kind="bad">{problemText(problem)}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="danger" busy={busy} reason={ready ? undefined : words.deleteType(team)}>
          {words.deleteSubmit}
        </Button>
      </DialogActions>
    </form>
  );
}

/** The dry run, grouped, with names where this page knows them. */
function Ending({ changes }: { changes: PlannedChange[] }) {
  const { account } = useActive();
  const { can } = useRights();
  const roleTitle = useRoleTitle();
  const members = useQuery(membersQuery(account.id));
  const invitations = useQuery({ ...invitationsQuery(account.id), enabled: can("members.invite") });
  const keys = useQuery({ ...apiKeysQuery(account.id), enabled: can("team.manage") });
  const nameOf = ({ type, id }: PlannedChange["resource"]): string => {
    if (type === "member") return members.data?.find((member) => member.user.id === id)?.user.name ?? id;
    if (type === "invitation") return invitations.data?.find((invitation) => invitation.id === id)?.email ?? id;
    if (type === "api_key") return keys.data?.find((key) => key.id === id)?.name ?? id;
    return type === "role" ? roleTitle(id) : id;
  };
  const groups: [string, (count: number) => string][] = [
    ["member.remove", words.changes.members],
    ["invitation.revoke", words.changes.invitations],
    ["role.delete", words.changes.roles],
    ["api-key.revoke", words.changes.keys],
  ];
  const shown = groups.map(([action, title]) => ({ title, items: changes.filter((change) => change.action === action) })).filter(({ items }) => items.length > 0);
  if (shown.length === 0) return <p className="soft">{words.deleteNothing}</p>;
  return (
    <ul className="stack tight">
      {shown.map(({ title, items }) => (
        <li key={title(0)}>
          <p className="strong">{title(items.length)}</p>
          <p className="soft small break">{items.map((change) => nameOf(change.resource)).join(", ")}</p>
        </li>
      ))}
    </ul>
  );
}

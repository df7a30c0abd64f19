// A personal account becomes a team account: why one would, and exactly what changes, before it changes.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { convertPreviewQuery } from "../../data/queries";
import { useDenial } from "../../data/rights";
import { useActive } from "../../data/session";
import { Button } from "../../parts/Button";
import { Dialog, DialogActions } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { ErrorState, Notice, Skeleton } from "../../parts/States";
import { toast } from "../../parts/toast";
import { useForm } from "../../parts/useForm";
import { text } from "../../text";

const words = text.team;

export function Convert() {
  const [open, setOpen] = useState(false);
  const { isOwner } = useActive();
  const denial = useDenial("team.manage");
  return (
    <section className="card hero">
      <div className="stack">
        <span className="gate-mark">
          <Icon name="team" size={24} />
        </span>
        <div className="stack tight">
          <h2 className="hero-title">{words.convertTitle}</h2>
          <p className="soft">{words.convertLead}</p>
        </div>
        <ul className="stack tight">
          {words.convertPoints.map((point) => (
            <li key={point} className="row">
              <span className="good">
                <Icon name="check" />
              </span>
              {point}
            </li>
          ))}
        </ul>
        <div>
          <Button look="primary" onClick={() => setOpen(true)} reason={isOwner ? denial : words.why.onlyOwner}>
            {words.convert}
          </Button>
        </div>
      </div>
      <ConvertDialog open={open} onClose={() => setOpen(false)} />
    </section>
  );
}

function ConvertDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { account } = useActive();
  const [name, setName] = useState("");
  const act = useAct(account.id);
  const preview = useQuery({ ...convertPreviewQuery(account.id), enabled: open });
  const { form, busy, errors, problem } = useForm(async () => {
    const wanted = name.trim();
    const team = await act((client) => client.convert(account.id, wanted ? { name: wanted } : {}));
    onClose();
    toast(words.converted(team.name));
  });
  return (
    <Dialog open={open} onClose={onClose} title={words.convertDialog}>
      <form {...form}>
        <TextField label={words.convertName} name="name" optional placeholder={account.name} value={name} error={errors["name"]} hint={words.convertNameHint} onChange={(event) => setName(event.target.value)} />
        <section className="preview" aria-live="polite">
          <h3>{words.convertPreview}</h3>
          {preview.isPending && <Skeleton lines={2} />}
          {preview.error && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.data && (
            <ul className="stack tight">
              {preview.data.map((change) => (
                <li key={`${change.action} ${change.resource.id}`} className="row top">
                  <Icon name="right" size={16} />
                  <span>{change.detail}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
        {problem && <Notice kind="bad">{problem}</Notice>}
        <DialogActions>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {words.convert}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

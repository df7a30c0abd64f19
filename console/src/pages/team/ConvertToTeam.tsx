// Converts a personal account to a team, with a preview of the changes.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { convertPreviewQuery } from "../../data/queries";
import { useDenialReason } from "../../data/permissions";
import { useSession } from "../../data/session";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { TextField } from "../../components/Field";
import { Icon } from "../../components/Icon";
import { IconMark } from "../../components/IconMark";
import { ErrorState, Notice, Skeleton } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { messages } from "../../messages";
import cardStyles from "../../components/Card.module.css";
import changePreviewStyles from "./ChangePreview.module.css";
import styles from "./ConvertToTeam.module.css";
import { cx } from "../../components/cx";

const t = messages.team;

export function ConvertToTeam() {
  const [open, setOpen] = useState(false);
  const { isOwner } = useSession();
  const deniedReason = useDenialReason("team.manage");
  return (
    <section className={cx(cardStyles.card, styles.hero)}>
      <div className="stack">
        <IconMark icon="team" />
        <div className="stack tight">
          <h2 className={styles.title}>{t.convertTitle}</h2>
          <p className="soft">{t.convertLead}</p>
        </div>
        <ul className="stack tight">
          {t.convertPoints.map((point) => (
            <li key={point} className="row">
              <span className="good">
                <Icon name="check" />
              </span>
              {point}
            </li>
          ))}
        </ul>
        <div>
          <Button variant="primary" onClick={() => setOpen(true)} disabledReason={isOwner ? deniedReason : t.disabled.ownerOnly}>
            {t.convert}
          </Button>
        </div>
      </div>
      <ConvertDialog open={open} onClose={() => setOpen(false)} />
    </section>
  );
}

function ConvertDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { account } = useSession();
  const [name, setName] = useState("");
  const mutate = useAccountMutation(account.id);
  const preview = useQuery({ ...convertPreviewQuery(account.id), enabled: open });
  const { form, busy, errors, problem } = useForm(async () => {
    const teamName = name.trim();
    const team = await mutate((rolecall) => rolecall.accounts.convert(account.id, teamName ? { name: teamName } : {}));
    onClose();
    toast(t.converted(team.name));
  });
  return (
    <Dialog open={open} onClose={onClose} title={t.convertDialog}>
      <form {...form}>
        <TextField
          label={t.convertName}
          name="name"
          optional
          placeholder={account.name}
          value={name}
          error={errors["name"]}
          hint={t.convertNameHint}
          onChange={(event) => setName(event.target.value)}
        />
        <section className={changePreviewStyles.preview} aria-live="polite">
          <h3>{t.convertPreview}</h3>
          {preview.isPending && <Skeleton lines={2} />}
          {preview.error && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.data && (
            <ul className="stack tight">
              {preview.data.map((change) => (
                <li key={change.detail} className="row top">
                  <Icon name="right" size={16} />
                  <span>{change.detail}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
        {problem && <Notice kind="error">{problem}</Notice>}
        <DialogActions>
          <Button onClick={onClose}>{messages.common.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t.convert}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

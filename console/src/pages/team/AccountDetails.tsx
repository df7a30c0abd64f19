// A form for the account's name, and its id.
import { useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { useDenialReason } from "../../data/permissions";
import { useSession } from "../../data/session";
import { Button } from "../../components/Button";
import { TextField } from "../../components/Field";
import { Notice } from "../../components/Feedback";
import { toast } from "../../components/toast";
import { useForm } from "../../components/useForm";
import { CopyButton } from "../../components/CopyButton";
import { messages } from "../../messages";
import cardStyles from "../../components/Card.module.css";
import fieldStyles from "../../components/Field.module.css";
import { cx } from "../../components/cx";

const t = messages.teamSettings;

export function AccountDetails() {
  const { account } = useSession();
  const mutate = useAccountMutation(account.id);
  const deniedReason = useDenialReason("team.manage");
  const [editedName, setEditedName] = useState<string>();
  const name = editedName ?? account.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (deniedReason !== undefined || name.trim() === account.name) return;
    await mutate((rolecall) => rolecall.accounts.update(account.id, { name: name.trim() }), { awaitMe: true });
    setEditedName(undefined);
    toast(t.renamed);
  });
  const label = account.kind === "team" ? t.teamName : t.accountName;
  return (
    <section className={cardStyles.card} aria-label={label}>
      <div className={cx(cardStyles.body, "stack wide")}>
        <form {...form}>
          <div className={fieldStyles.inputWithAction}>
            <TextField
              label={label}
              name="name"
              required
              value={name}
              error={errors["name"]}
              hint={t.nameHint}
              readOnly={deniedReason !== undefined}
              onChange={(event) => setEditedName(event.target.value)}
            />
            <Button type="submit" busy={busy} disabledReason={deniedReason}>
              {messages.common.save}
            </Button>
          </div>
          {problem && <Notice kind="error">{problem}</Notice>}
        </form>
        <div className={fieldStyles.inputWithAction}>
          <TextField label={t.accountId} className="mono" readOnly value={account.id} hint={t.accountIdHint} />
          <CopyButton value={account.id} label={`${messages.common.copy}: ${t.accountId}`} copiedMessage={messages.common.copied} />
        </div>
      </div>
    </section>
  );
}

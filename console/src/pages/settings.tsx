// /settings: the user's profile, and where to find the rest.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { useSession } from "../data/session";
import { Page } from "../layout/Page";
import { Button, ButtonLink } from "../components/Button";
import { TextField } from "../components/Field";
import { Notice } from "../components/Feedback";
import { toast } from "../components/toast";
import { useForm } from "../components/useForm";
import { messages } from "../messages";
import cardStyles from "../components/Card.module.css";
import fieldStyles from "../components/Field.module.css";
import { cx } from "../components/cx";

const t = messages.settings;

export function SettingsPage() {
  return (
    <Page title={t.title} lead={t.lead}>
      <Profile />
      <SecurityLink />
      <ApiKeysLink />
    </Page>
  );
}

function Profile() {
  const rolecall = useRolecall();
  const { user } = useSession();
  const queries = useQueryClient();
  const [editedName, setEditedName] = useState<string>();
  const name = editedName ?? user.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (name.trim() === user.name) return;
    await rolecall.me.update({ name: name.trim() });
    await queries.invalidateQueries();
    setEditedName(undefined);
    toast(t.nameSaved);
  });
  return (
    <section className={cardStyles.card} aria-labelledby="profile-title">
      <div className={cardStyles.header}>
        <h2 id="profile-title">{t.profile}</h2>
      </div>
      <form {...form} className={cx(cardStyles.body, fieldStyles.form)}>
        <div className={fieldStyles.inputWithAction}>
          <TextField
            label={t.name}
            name="name"
            autoComplete="name"
            required
            value={name}
            error={errors["name"]}
            onChange={(event) => setEditedName(event.target.value)}
          />
          <Button type="submit" busy={busy}>
            {messages.common.save}
          </Button>
        </div>
        <TextField label={t.email} type="email" readOnly value={user.email} hint={t.emailHint} />
        {problem && <Notice kind="error">{problem}</Notice>}
      </form>
    </section>
  );
}

function SecurityLink() {
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.security}</h2>
          <p className="soft">{t.securityLead}</p>
        </div>
        <ButtonLink to="/settings/security">{t.securityOpen}</ButtonLink>
      </div>
    </section>
  );
}

/** Points users who look for API keys in their settings to the account's page. */
function ApiKeysLink() {
  const { account } = useSession();
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.keys}</h2>
          <p className="soft">{t.keysLead(account.name)}</p>
        </div>
        <ButtonLink to="/team" search={{ tab: "keys" }}>
          {t.keysOpen}
        </ButtonLink>
      </div>
    </section>
  );
}

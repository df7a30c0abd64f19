// The account's name, which its people see, and its id, which the API wants.
import { useState } from "react";
import { useAct } from "../../data/act";
import { useDenial } from "../../data/rights";
import { useActive } from "../../data/session";
import { Button } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { Notice } from "../../parts/States";
import { toast } from "../../parts/toast";
import { useForm } from "../../parts/useForm";
import { CopyButton } from "../../parts/Words";
import { text } from "../../text";

const words = text.settings;

export function AccountName() {
  const { account } = useActive();
  const act = useAct(account.id);
  const denial = useDenial("team.manage");
  const [typed, setTyped] = useState<string>();
  const name = typed ?? account.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (denial !== undefined || name.trim() === account.name) return;
    await act((client) => client.renameAccount(account.id, name.trim()), { me: true });
    setTyped(undefined);
    toast(words.renamed);
  });
  const label = account.kind === "team" ? words.teamName : words.accountName;
  return (
    <section className="card" aria-label={label}>
      <div className="card-body stack wide">
        <form {...form}>
          <div className="field-line">
            <TextField label={label} name="name" required value={name} error={errors["name"]} hint={words.nameHint} readOnly={denial !== undefined} onChange={(event) => setTyped(event.target.value)} />
            <Button type="submit" busy={busy} reason={denial}>
              {text.save}
            </Button>
          </div>
          {problem && <Notice kind="bad">{problem}</Notice>}
        </form>
        <div className="field-line">
          <TextField label={words.accountId} className="mono" readOnly value={account.id} hint={words.accountIdHint} />
          <CopyButton value={account.id} label={`${text.copy}: ${words.accountId}`} done={text.copied} />
        </div>
      </div>
    </section>
  );
}

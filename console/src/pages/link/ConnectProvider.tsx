// The page of a waiting person for a signed-in user: connects the person with the user's account, or forgets them.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { readAddress } from "../../console-url";
import { rolecall } from "../../data/client";
import { broadcastChange } from "../../data/cross-tab";
import { problemCode, problemText } from "../../data/problems";
import { mySignInMethodsQuery, providerLinkQuery } from "../../data/queries";
import { useSignOut } from "../../data/sign-in-and-out";
import { StepUpCancelled, withStepUp } from "../../data/step-up";
import type { ProviderLink } from "../../data/types";
import { PublicCard } from "../../layout/PublicLayout";
import { Button } from "../../components/Button";
import buttonStyles from "../../components/Button.module.css";
import { Notice } from "../../components/Feedback";
import { StepUpHost } from "../../components/StepUpHost";
import { toast } from "../../components/toast";
import { messages } from "../../messages";

const t = messages.providerLink;

export function ConnectProvider({ link, email }: { link: ProviderLink; email: string }) {
  const [busy, setBusy] = useState<"connect" | "forget">();
  const [problem, setProblem] = useState<unknown>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const name = t.titleWithEmail(link.title, link.email);
  const isProven = link.email === email && link.email_proven;

  const attempt = async (what: "connect" | "forget", work: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(what);
    setProblem(undefined);
    try {
      await work();
      await goOn(link.return_to);
    } catch (error) {
      if (problemCode(error) === "provider-link-not-found") queries.setQueryData(providerLinkQuery.queryKey, null);
      else if (!(error instanceof StepUpCancelled)) setProblem(error);
    } finally {
      setBusy(undefined);
    }
  };
  /** Opens a path of this origin: a page of the console, or of what else is there. Nobody waits on this page any more. */
  const goOn = async (path: string) => {
    const { pathname } = new URL(path, location.origin);
    if (!readAddress(pathname, "").known) return location.assign(path);
    await navigate({ href: pathname === "/link" ? "/" : path, replace: true });
  };
  const connect = () =>
    attempt("connect", async () => {
      await withStepUp(() => rolecall.providers.connect());
      toast(t.connected(link.title));
      void queries.invalidateQueries({ queryKey: mySignInMethodsQuery.queryKey });
      broadcastChange();
    });
  const forget = () => attempt("forget", () => rolecall.providers.forget());

  const footer = (
    <>
      {t.wrongAccount}{" "}
      <button type="button" className={buttonStyles.textButton} onClick={() => void signOut({ stayOnPage: true })}>
        {t.switchUser}
      </button>
    </>
  );
  return (
    <PublicCard key="connect" title={t.title(link.title)} lead={t.question(name, email)} footer={footer}>
      <div className="stack tight">
        {!isProven && <Notice kind="warning">{t.makeSure(link.title)}</Notice>}
        {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
        <Button variant="primary" fullWidth busy={busy === "connect"} onClick={() => void connect()}>
          {t.connect}
        </Button>
        <Button fullWidth busy={busy === "forget"} onClick={() => void forget()}>
          {t.notNow}
        </Button>
      </div>
      <StepUpHost />
    </PublicCard>
  );
}

// On a developer's own machine no mail is sent: where to find it instead.
import { text } from "../text";
import { Notice } from "./States";

const local = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

export function DevMail({ email }: { email: string }) {
  if (!local) return null;
  return (
    <Notice kind="info">
      {text.auth.devMail}{" "}
      <a href={`/dev/outbox?to=${encodeURIComponent(email)}`} target="_blank" rel="noreferrer">
        {text.auth.devMailLink}
      </a>
    </Notice>
  );
}

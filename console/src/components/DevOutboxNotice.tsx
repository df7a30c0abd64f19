// A link to the development outbox, shown on localhost, where no mail is sent.
import { messages } from "../messages";
import { Notice } from "./Feedback";

const local = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

export function DevOutboxNotice({ email }: { email: string }) {
  if (!local) return null;
  return (
    <Notice kind="info">
      {messages.auth.devOutbox}{" "}
      <a href={`/dev/outbox?to=${encodeURIComponent(email)}`} target="_blank" rel="noreferrer">
        {messages.auth.devOutboxLink}
      </a>
    </Notice>
  );
}

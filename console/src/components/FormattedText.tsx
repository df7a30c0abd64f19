// Formatted times and text.
import { Fragment, useEffect, useState } from "react";
import { formatDateTime, formatRelative } from "../format-time";

/** Returns the current time, updated every 30 seconds. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A relative time with the exact time as its title. */
export function RelativeTime({ at, shortOnPhone = false }: { at: string; shortOnPhone?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {shortOnPhone ? (
        <>
          <span className="desk">{formatRelative(at, now)}</span>
          <span className="phone-inline">{formatRelative(at, now, true)}</span>
        </>
      ) : (
        formatRelative(at, now)
      )}
    </time>
  );
}

/** Text with line break opportunities after slashes, dots and underscores, such as `Create/delete/start/stop Pods`. */
export function BreakableText({ text }: { text: string }) {
  const pieces = text.split(/(?<=[/._])/);
  return pieces.map((piece, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {piece}
    </Fragment>
  ));
}

// A field whose value is kept elsewhere, for example in the address: the text stays as it is typed, the value is written
// only when the text means one, and a value that comes back never replaces the text that it was read from.
import { useState } from "react";

interface Options {
  /** The value as it is kept; empty where there is none. */
  value: string;
  /** The value that a text means; undefined while it means none. */
  read: (typed: string) => string | undefined;
  /** The text for a value that was set elsewhere. */
  show: (value: string) => string;
}

interface Typed {
  typed: string;
  setTyped: (typed: string) => void;
  /** What the text means, where that is not what is kept. */
  unsaved: string | undefined;
  /** To be called with a value that is written. */
  written: (value: string) => void;
}

export function useTyped({ value, read, show }: Options): Typed {
  const [typed, setTyped] = useState(() => show(value));
  const [seen, setSeen] = useState(value);
  const [own, setOwn] = useState<string>();
  if (value !== seen) {
    setSeen(value);
    if (value === own) setOwn(undefined);
    else if (read(typed) !== value) setTyped(show(value));
  }
  const meant = read(typed);
  return { typed, setTyped, unsaved: meant === value ? undefined : meant, written: setOwn };
}

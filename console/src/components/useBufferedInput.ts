// State of a text field whose value is stored elsewhere, such as in the URL. The text stays as typed, a value is committed
// only when the text parses, and the stored value does not overwrite text that parses to it.
import { useState } from "react";

interface Options {
  /** The stored value; empty for none. */
  value: string;
  /** Parses the text; undefined if it is not valid. */
  parse: (text: string) => string | undefined;
  /** Formats a value that was changed elsewhere. */
  format: (value: string) => string;
}

interface BufferedInput {
  text: string;
  setText: (text: string) => void;
  /** The parsed value, if it differs from the stored one. */
  pending: string | undefined;
  /** Call with each value that is committed. */
  markCommitted: (value: string) => void;
}

export function useBufferedInput({ value, parse, format }: Options): BufferedInput {
  const [text, setText] = useState(() => format(value));
  const [lastValue, setLastValue] = useState(value);
  const [committed, setCommitted] = useState<string>();
  if (value !== lastValue) {
    setLastValue(value);
    if (value === committed) setCommitted(undefined);
    else if (parse(text) !== value) setText(format(value));
  }
  const parsed = parse(text);
  return { text, setText, pending: parsed === value ? undefined : parsed, markCommitted: setCommitted };
}

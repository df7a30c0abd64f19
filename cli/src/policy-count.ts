// Numbers in sentences.

/** A number with its noun: `1 role`, `1,204 events`. */
export const count = (number: number, noun: string): string => `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

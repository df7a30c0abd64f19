// Formats dates and times in the user's locale and time zone.

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const brief = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "in 7 days", "3 hours ago", "this minute". The past is truncated and the future rounded, so that 7 days from now reads "in 7 days". */
export function formatRelative(iso: string, now: number, short = false): string {
  const words = short ? brief : relative;
  const span = Date.parse(iso) - now;
  for (const [unit, length] of units) {
    if (Math.abs(span) >= length) return words.format(span > 0 ? Math.round(span / length) : Math.trunc(span / length), unit);
  }
  return words.format(0, "minute");
}

export const formatDate = (iso: string) => day.format(new Date(iso));
export const formatDateTime = (iso: string) => full.format(new Date(iso));

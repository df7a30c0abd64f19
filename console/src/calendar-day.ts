// Converts between calendar days of a time zone and instants. A day is not always 24 hours long and may begin at 01:00,
// where the clocks go forward at midnight; a zone can skip a whole day.

const DAY = 86_400_000;
/** The latest instant that the API accepts. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const cached = formats.get(zone);
  if (cached) return cached;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(zone, format);
  return format;
}

/** The wall-clock time of a zone at an instant, as if it were UTC. */
function wallClock(instant: number, zone: string): number {
  const part = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(part.get(type));
  const year = part.get("era") === "BC" ? 1 - of("year") : of("year");
  const clock = new Date(0);
  clock.setUTCFullYear(year, of("month") - 1, of("day"));
  clock.setUTCHours(of("hour"), of("minute"), of("second"), ((instant % 1000) + 1000) % 1000);
  return clock.getTime();
}

const offset = (instant: number, zone: string) => wallClock(instant, zone) - instant;

/** The browser's time zone. */
export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Returns the first instant of a day, given as midnight in UTC. */
function startOfDay(midnight: number, zone: string): number {
  const before = offset(midnight - DAY, zone);
  const after = offset(midnight + DAY, zone);
  const candidates = [midnight - before, midnight - after].filter((instant) => wallClock(instant, zone) === midnight);
  // Midnight is skipped where the clocks go forward at midnight: the day begins at what would have been midnight.
  return candidates.length > 0 ? Math.min(...candidates) : midnight - before;
}

/**
 * Returns the first instant of a day (`2026-09-06`) in a time zone, or, with `end`, the first instant after it, as RFC 3339.
 * Undefined if the text is not a day or is out of the API's range, such as while the year is being typed.
 */
export function instantOf(day: string, zone: string, end = false): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year, month, date] = parts as [number, number, number];
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, date);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== date) return undefined;
  const instant = startOfDay(midnight.getTime() + (end ? DAY : 0), zone);
  return instant < 0 || instant > LAST ? undefined : new Date(instant).toISOString().replace(".000Z", "Z");
}

/** Returns the day in a time zone that contains an instant, or, with `end`, the last day before it; empty for an invalid instant. */
export function dayOf(instant: string, zone: string, end = false): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return "";
  return new Date(wallClock(end ? at - 1 : at, zone)).toISOString().slice(0, 10);
}

// Conversion of the console's filter dates to instants, in time zones that skip midnight, repeat an hour or skip a day.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, instantOf } from "../../console/src/calendar-day.ts";

const of = (day: string, zone: string) => [instantOf(day, zone), instantOf(day, zone, true)];

test("a day lasts from its first instant to that of the next, also where midnight does not exist", () => {
  assert.deepEqual(of("2026-09-06", "UTC"), ["2026-09-06T00:00:00Z", "2026-09-07T00:00:00Z"]);
  // The clocks go from 24:00 to 01:00: the day begins at 01:00 and has 23 hours.
  assert.deepEqual(of("2026-09-06", "America/Santiago"), ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"]);
  assert.deepEqual(of("2026-09-05", "America/Santiago"), ["2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"]);
  assert.deepEqual(of("2026-04-24", "Africa/Cairo"), ["2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"]);
  assert.deepEqual(of("2026-04-23", "Africa/Cairo"), ["2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z"]);
  // From 24:00 back to 23:00: 25 hours, and midnight is the end of the second 23:59.
  assert.deepEqual(of("2026-04-04", "America/Santiago"), ["2026-04-04T03:00:00Z", "2026-04-05T04:00:00Z"]);
  assert.deepEqual(of("2026-03-29", "Europe/Berlin"), ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"]);
  assert.deepEqual(of("2026-10-25", "Europe/Berlin"), ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]);
  // Midnight comes twice in Havana: the day begins with the first.
  assert.deepEqual(of("2026-11-01", "America/Havana"), ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"]);
  assert.deepEqual(of("2026-06-01", "Pacific/Kiritimati"), ["2026-05-31T10:00:00Z", "2026-06-01T10:00:00Z"]);
  assert.deepEqual(of("2026-06-01", "Asia/Kathmandu"), ["2026-05-31T18:15:00Z", "2026-06-01T18:15:00Z"]);
  // Samoa left out the 30th of December 2011.
  assert.deepEqual(of("2011-12-29", "Pacific/Apia"), ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"]);
  assert.deepEqual(of("2011-12-31", "Pacific/Apia"), ["2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]);
});

test("every day of two years round-trips, and its end is the beginning of the next", () => {
  for (const zone of ["UTC", "America/Santiago", "Africa/Cairo", "America/Havana", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns"]) {
    for (let at = Date.UTC(2025, 0, 1); at < Date.UTC(2027, 0, 1); at += 86_400_000) {
      const day = new Date(at).toISOString().slice(0, 10);
      const next = new Date(at + 86_400_000).toISOString().slice(0, 10);
      const [from, to] = of(day, zone) as [string, string];
      assert.equal(to, instantOf(next, zone), `${day} in ${zone}`);
      assert.equal(dayOf(from, zone), day, `${day} in ${zone}`);
      assert.equal(dayOf(to, zone, true), day, `${day} in ${zone}`);
      assert.notEqual(dayOf(new Date(Date.parse(from) - 1).toISOString(), zone), day, `${day} in ${zone}`);
    }
  }
});

test("an invalid date, or an instant that the API rejects, is undefined", () => {
  for (const day of ["", "2026", "2026-02-30", "2026-13-01", "0002-09-06", "0202-09-06", "1969-12-31", "12026-01-01", "2026-9-6"]) {
    assert.equal(instantOf(day, "UTC"), undefined, day);
  }
  assert.equal(instantOf("1970-01-01", "Asia/Tokyo"), undefined);
  assert.equal(instantOf("9999-12-31", "UTC", true), undefined);
  assert.equal(dayOf("yesterday", "UTC"), "");
});

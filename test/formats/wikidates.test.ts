import assert from "node:assert/strict";
import test from "node:test";
import { ageBetween, dayFrom, dayNumber, dayOf, weekdayOf, MONTHS } from "../../src/formats/wikidates.ts";

const DAY_MS = 86_400_000;
const dayAt = (number: number) => {
  const date = new Date(number * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, date: date.getUTCDate() };
};

test("days have the numbers and weekdays of the host's calendar", () => {
  for (let number = -800_000; number < 400_000; number += 97) {
    const day = dayAt(number);
    assert.equal(dayNumber(day), number, JSON.stringify(day));
    const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(number * DAY_MS);
    assert.equal(weekdayOf(day), weekday);
  }
});

test("an age added to the birthday comes to the day", () => {
  for (let number = 0; number < 20_000; number += 331) {
    for (let later = 0; later < 12_000; later += 97) {
      const [from, to] = [dayAt(number), dayAt(number + later)];
      const { years, months, days } = ageBetween(from, to)!;
      assert.ok(
        months >= 0 && months < 12 && days >= 0 && days < 31,
        JSON.stringify({ from, to, years, months, days }),
      );
      if (from.date > 28) continue; // not every month has such a day
      assert.equal(Date.UTC(from.year + years, from.month - 1 + months, from.date + days), (number + later) * DAY_MS);
    }
  }
  assert.equal(ageBetween(dayAt(10), dayAt(9)), undefined);
});

test("days are read from timestamps and from the values of templates", () => {
  assert.deepEqual(dayOf("2014-10-26T04:50:23Z"), { year: 2014, month: 10, date: 26 });
  for (const none of ["", "yesterday", "2014-13-26", "2014-10-00"]) assert.equal(dayOf(none), undefined);
  assert.deepEqual(dayFrom("2001"), { year: 2001, month: 1, date: 1 });
  assert.deepEqual(dayFrom("2001", "sep", "7"), { year: 2001, month: 9, date: 7 });
  assert.deepEqual(
    MONTHS.map((name) => dayFrom("1", name)!.month),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  for (const none of [["", "5"], ["x"], ["2001", "ma y"], ["2001", "13"], ["2001", "5", "32"]]) {
    assert.equal(dayFrom(...none), undefined, none.join("-"));
  }
});

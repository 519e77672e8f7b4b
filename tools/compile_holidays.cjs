// Makes the list of public holidays by country of npm's date-holidays:
// node compile_holidays.cjs OUT MODULES FIRST_YEAR LAST_YEAR
// A line a day, "DE:2026-12-25", by country and day: what is a holiday in a whole country, with the
// days that are given in place of one that falls on a weekend. What only a part of a country keeps
// is left out: nobody's part is known.
'use strict';
const { createRequire } = require('node:module');
const { renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , out, modules, first, last] = process.argv;
const Holidays = createRequire(join(modules, 'package.json'))('date-holidays');
const dayMs = 86_400_000;

const lines = new Set();
for (const country of Object.keys(new Holidays().getCountries())) {
  if (!/^[A-Z]{2}$/.test(country)) continue;
  const calendar = new Holidays(country);
  for (let year = Number(first); year <= Number(last); ++year)
    for (const holiday of calendar.getHolidays(year)) {
      if (holiday.type !== 'public') continue;
      const begin = Date.parse(`${holiday.date.slice(0, 10)}T00:00:00Z`);
      // Of several days, each; a day that begins at sunset is the one that follows.
      const days = Math.max(1, Math.floor((holiday.end - holiday.start) / dayMs));
      for (let i = 0; i < days; ++i) lines.add(`${country}:${new Date(begin + i * dayMs).toISOString().slice(0, 10)}`);
    }
}
writeFileSync(`${out}.new`, `${[...lines].sort().join('\n')}\n`);
renameSync(`${out}.new`, out);

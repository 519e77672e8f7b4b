// The week of working hours that the page draws: what is read is what is written, and the program
// takes every line that the page writes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLine, readWeek, withHour, workedIn, writeLine, writeWeek } from '../src/pages/detections/week.ts';
import { check } from './world.mjs';

const program = process.argv[2];

for (const [text, written] of [
  ['Mon-Fri 08:00-18:00', 'Mon-Fri 08:00-18:00'],
  ['monday-FRI 8:00-18:00, sat 9:30-13:00', 'Mon-Fri 08:00-18:00, Sat 09:30-13:00'],
  ['Sun-Thu 08:00-17:00', 'Sun-Thu 08:00-17:00'],
  ['Mon-Sun 22:00-06:00', 'Mon-Sun 22:00-06:00'],
  ['Sun 22:00-06:00', 'Sun 22:00-06:00'],
  ['Sat 22:00-06:00, Wed 22:00-06:00', 'Wed 22:00-06:00, Sat 22:00-06:00'],
  ['Mon-Sun 00:00-24:00', 'Mon-Sun 00:00-24:00'],
  ['Mon 08:00-08:00', 'Mon 08:00-08:00'],
  ['Fri 08:00-24:00, Sat 00:00-24:00', 'Fri 08:00-24:00, Sat 00:00-24:00'],
  ['Mon 08:00-12:00, Mon 12:00-16:00', 'Mon 08:00-16:00'],
  ['Mon 08:00-12:00, Mon 13:00-17:00', 'Mon 08:00-12:00, Mon 13:00-17:00'],
]) {
  const week = readWeek(text);
  check(week, `${text} cannot be read`);
  check(writeWeek(week) === written, `${text} is written as ${writeWeek(week)}`);
}
for (const text of ['', 'Mon', 'Mo 08:00-18:00', 'Mon 8-18', 'Mon 08:00-25:00', 'Mon 24:00-06:00', 'Mon 08:60-18:00', 'Mon 08:00-18:00,'])
  check(readWeek(text) === undefined, `"${text}" is read`);
const line = readLine(' Night watch ;Mon-Sun 22:00-06:00;Asia/Tokyo; none');
check(writeLine(line) === 'Night watch; Mon-Sun 22:00-06:00; Asia/Tokyo; none; all', `the line became ${writeLine(line)}`);
const half = readWeek('Mon 08:30-10:00');
check(workedIn(half, 0, 8) === 30 && workedIn(half, 0, 9) === 60 && workedIn(half, 1, 8) === 0, 'the minutes of hours are wrong');
check(writeWeek(withHour(half, 0, 8, true)) === 'Mon 08:00-10:00', 'an hour is not filled');
check(writeWeek(withHour(withHour(half, 0, 8, false), 0, 9, false)) === '', 'an hour is not emptied');

// Cells as somebody paints them, from numbers that are always the same.
let state = 12345;
const random = (below) => (state = (state * 1103515245 + 12345) % 2147483648) % below;
const lines = [];
for (let i = 0; i < 100; i++) {
  let week = new Uint8Array(7 * 24 * 60);
  for (let cells = random(6) + 1; cells > 0; cells--) {
    const day = random(7);
    const hour = random(24);
    for (let length = random(30); length >= 0; length--) week = withHour(week, (day + Math.floor((hour + length) / 24)) % 7, (hour + length) % 24, true);
  }
  const text = writeWeek(week);
  const again = readWeek(text);
  check(again && again.every((minute, at) => minute === week[at]), `${text} is read as another week`);
  lines.push(writeLine({ who: `Group ${i}`, week: text, zone: 'Europe/Berlin', holidays: 'own', told: i % 2 ? 'all' : 'administrators' }));
}
const folder = mkdtempSync(join(tmpdir(), 'vedette-week-'));
try {
  const settings = join(folder, 'vedette.toml');
  writeFileSync(settings, `[[file]]\npath = "/var/log/auth.log"\n[identity]\nworking_hours = ${JSON.stringify(lines)}\n`);
  const checked = spawnSync(program, ['config', 'check', settings], { encoding: 'utf8' });
  check(checked.status === 0, `the program refuses a line of the page:\n${checked.stdout}${checked.stderr}`);
  writeFileSync(settings, '[[file]]\npath = "/var/log/auth.log"\n[identity]\nworking_hours = ["Group; Mo-Fr 08:00-18:00"]\n');
  check(spawnSync(program, ['config', 'check', settings]).status !== 0, 'the program takes what is no week');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${lines.length} weeks came back as they were painted`);

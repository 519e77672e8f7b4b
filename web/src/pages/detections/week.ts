// A line of working hours, "Finance; Mon-Fri 08:00-18:00; Europe/Berlin; DE; all", as a page shows and
// writes it. What holds is decided by the program's own reader (src/detect/identity/work_schedule.h).
export interface HoursLine {
  who: string; // a group, a name or an object id; *: everybody
  week: string;
  zone: string; // own: each person's
  holidays: string; // own, none, or a country
  told: string; // all, administrators
}

export const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const minutesADay = 24 * 60;
const minutesAWeek = 7 * minutesADay;

// Each minute of a week from Monday on: whether it is worked in.
export type Week = Uint8Array;

export function readLine(text: string): HoursLine {
  const [who = '', week = '', zone = 'own', holidays = 'own', told = 'all'] = text.split(';').map((part) => part.trim());
  return { who, week, zone, holidays, told };
}

export function writeLine(line: HoursLine): string {
  return [line.who, line.week, line.zone, line.holidays, line.told].join('; ');
}

const dayOf = (text: string) => (text.length < 3 ? -1 : ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].findIndex((name) => name.startsWith(text.toLowerCase())));

function minuteOf(hour: string, minute: string): number {
  const of = Number(hour) * 60 + Number(minute);
  return Number(minute) > 59 || of > minutesADay ? -1 : of;
}

// Nothing: it cannot be read.
export function readWeek(text: string): Week | undefined {
  const week = new Uint8Array(minutesAWeek);
  for (const part of text.split(',')) {
    const found = /^\s*([a-z]+)(?:\s*-\s*([a-z]+))?\s+(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)\s*$/i.exec(part);
    if (!found) return undefined;
    const first = dayOf(found[1]!);
    const last = found[2] === undefined ? first : dayOf(found[2]);
    const start = minuteOf(found[3]!, found[4]!);
    const end = minuteOf(found[5]!, found[6]!);
    if (first < 0 || last < 0 || start < 0 || end < 0 || start === minutesADay) return undefined;
    const length = end - start + (end <= start ? minutesADay : 0);
    for (let day = first; ; day = (day + 1) % 7) {
      for (let i = 0; i < length; i++) week[(day * minutesADay + start + i) % minutesAWeek] = 1;
      if (day === last) break;
    }
  }
  return week;
}

const clock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

// Shifts without a break, each with the day on which it begins; one of more than a day ends at each midnight.
function shiftsOf(week: Week): { day: number; hours: string }[] {
  const shifts: { day: number; hours: string }[] = [];
  const rest = week.indexOf(0);
  if (rest < 0) return dayNames.map((_, day) => ({ day, hours: '00:00-24:00' }));
  const add = (begin: number, end: number) => {
    const start = begin % minutesADay;
    const last = end % minutesADay === 0 ? (start === 0 ? minutesADay : end - begin + start) : end % minutesADay;
    shifts.push({ day: Math.floor(begin / minutesADay) % 7, hours: `${clock(start)}-${clock(last)}` });
  };
  for (let i = 0; i < minutesAWeek; ) {
    const begin = rest + i;
    let end = begin;
    while (end < rest + minutesAWeek && week[end % minutesAWeek]) end++;
    for (let from = begin; from < end; ) {
      const midnight = (Math.floor(from / minutesADay) + 1) * minutesADay;
      const to = end - begin <= minutesADay ? end : Math.min(end, midnight);
      add(from, to);
      from = to;
    }
    i += Math.max(end - begin, 1);
  }
  return shifts;
}

// "Mon-Fri 08:00-18:00, Sat 09:00-13:00"; empty: nobody ever works.
export function writeWeek(week: Week): string {
  const daysOf = new Map<string, Set<number>>();
  for (const { day, hours } of shiftsOf(week)) daysOf.set(hours, (daysOf.get(hours) ?? new Set()).add(day));
  const parts: { first: number; text: string }[] = [];
  for (const [hours, days] of daysOf) {
    const name = (day: number) => dayNames[day % 7]!;
    if (days.size === 7) parts.push({ first: 0, text: `Mon-Sun ${hours}` });
    else
      for (const first of [...days].filter((day) => !days.has((day + 6) % 7))) {
        let last = first;
        while (days.has((last + 1) % 7)) last++;
        parts.push({ first, text: `${first === last ? name(first) : `${name(first)}-${name(last)}`} ${hours}` });
      }
  }
  return parts.sort((a, b) => a.first - b.first || a.text.localeCompare(b.text)).map((part) => part.text).join(', ');
}

// How many of an hour's minutes are worked in.
export function workedIn(week: Week, day: number, hour: number): number {
  const begin = day * minutesADay + hour * 60;
  return week.subarray(begin, begin + 60).reduce((sum, each) => sum + each, 0);
}

export function withHour(week: Week, day: number, hour: number, isWork: boolean): Week {
  const begin = day * minutesADay + hour * 60;
  return week.slice().fill(isWork ? 1 : 0, begin, begin + 60);
}

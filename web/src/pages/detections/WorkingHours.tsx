// "When do the people of a group work, and who would fall outside of it?" A week of each line of
// working_hours, by the hour; the first line that names somebody is theirs.
import { Alert, Autocomplete, Button, Select, Switch, TextInput } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import type { Schemas } from '../../api/client';
import { counted } from '../../parts/marks';
import { dayNames, readLine, readWeek, withHour, workedIn, writeLine, writeWeek, type HoursLine, type Week } from './week';

type Effect = Schemas['PreviewedHours'];

const hours = Array.from({ length: 24 }, (_, hour) => hour);
const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
// Those that are still called so; some letters are regions of the world or of no use.
const countries = letters.flatMap((a) => letters.map((b) => a + b))
  .filter((code) => names.of(code) !== undefined && new Intl.Locale('und', { region: code }).maximize().region === code && !/^(EU|EZ|UN|QO|ZZ|X.)$/.test(code))
  .map((code) => ({ value: code, label: `${names.of(code)} (${code})` }));
const holidays = [{ value: 'own', label: "each person's own country's" }, { value: 'none', label: 'none' }, ...countries];
const zones = [{ value: 'own', label: "each person's own" }, ...['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => ({ value: zone, label: zone }))];
const withCurrent = (choices: { value: string; label: string }[], value: string) => (choices.some((each) => each.value === value) ? choices : [...choices, { value, label: value }]);

function Grid({ who, week, canChange, set }: { who: string; week: Week; canChange: boolean; set: (week: Week) => void }) {
  const [focus, setFocus] = useState([0, 8]);
  const table = useRef<HTMLTableElement>(null);
  const painting = useRef<boolean>(undefined); // what the mouse leaves behind while it is held down
  const move = (event: KeyboardEvent, day: number, hour: number) => {
    const step = ({ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] } as Record<string, [number, number]>)[event.key];
    if (!step) return;
    event.preventDefault();
    const next = [Math.min(6, Math.max(0, day + step[0])), Math.min(23, Math.max(0, hour + step[1]))];
    setFocus(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next[0]}-${next[1]}"]`)?.focus();
  };
  const paint = (day: number, hour: number, isWork: boolean) => set(withHour(week, day, hour, isWork));
  return (
    <div className="week">
      <table ref={table} aria-label={`The week of ${who}`} onPointerLeave={() => { painting.current = undefined; }}>
        <thead>
          <tr><td />{hours.map((hour) => <th key={hour} scope="col">{hour % 3 === 0 ? String(hour).padStart(2, '0') : <span className="only-read">{hour}</span>}</th>)}</tr>
        </thead>
        <tbody>
          {dayNames.map((name, day) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {hours.map((hour) => {
                const minutes = workedIn(week, day, hour);
                const text = `${name} ${String(hour).padStart(2, '0')}:00, ${minutes === 60 ? 'work' : minutes === 0 ? 'no work' : `${minutes} minutes of work`}`;
                return (
                  <td key={hour}>
                    <button type="button" data-cell={`${day}-${hour}`} className={minutes === 60 ? 'work' : minutes === 0 ? '' : 'some'} aria-label={text} title={text} aria-pressed={minutes > 0} disabled={!canChange}
                      tabIndex={focus[0] === day && focus[1] === hour ? 0 : -1} onKeyDown={(event) => move(event, day, hour)}
                      onPointerDown={(event) => {
                        if (event.button !== 0) return;
                        event.currentTarget.releasePointerCapture(event.pointerId); // so that others are entered, on a phone too
                        painting.current = minutes < 60;
                        setFocus([day, hour]);
                        paint(day, hour, minutes < 60);
                      }}
                      onPointerEnter={(event) => event.buttons === 1 && painting.current !== undefined && paint(day, hour, painting.current)}
                      onClick={(event) => event.detail === 0 && paint(day, hour, minutes < 60)} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EffectLine({ effect, days }: { effect: Effect; days: number }) {
  return (
    <p data-testid="hours.effect">
      <strong>{effect.came_outside === 0 ? 'Nobody falls' : counted(effect.came_outside, 'person falls', 'people fall')} outside</strong>: of {counted(effect.came, 'person', 'people')} who
      came in during the last {days} days, with {effect.log_ins_outside.toLocaleString()} of {counted(effect.log_ins, 'log-in')}. Would have alerted <strong>{counted(effect.alerts, 'time')}</strong>.
    </p>
  );
}

export function WorkingHours({ lines, groups, canChange, set, error, effect, grace }: {
  lines: string[];
  groups: { name: string; people: number }[];
  canChange: boolean;
  set: (lines: string[]) => void;
  error: string | undefined;
  effect: { hours: Effect[]; days: number } | undefined; // of these very lines
  grace: number; // minutes before and after
}) {
  const [who, setWho] = useState('');
  const [problem, setProblem] = useState('');
  const put = (index: number, line: HoursLine) => set(lines.map((each, i) => (i === index ? writeLine(line) : each)));
  const swap = (index: number) => set(lines.map((each, i) => (i === index - 1 ? lines[index]! : i === index ? lines[index - 1]! : each)));
  const add = () => {
    const name = who.trim();
    if (name === '') return setProblem('Name a group, a person, or * for everybody.');
    if (name.includes(';')) return setProblem('A semicolon cannot be part of it.');
    if (lines.some((line) => readLine(line).who.toLowerCase() === name.toLowerCase())) return setProblem('It has hours already.');
    setProblem('');
    setWho('');
    set([...lines, writeLine({ who: name, week: 'Mon-Fri 08:00-18:00', zone: 'own', holidays: 'own', told: 'all' })]);
  };
  const sizeOf = (name: string) => groups.find((group) => group.name.toLowerCase() === name.toLowerCase())?.people;
  const rest = effect?.hours.at(-1);
  return (
    <div className="hours" data-setting="working_hours" data-testid="detections.hours">
      <p className="soft">
        Hours of groups and people. Who is in several has the first; who is in none has the directory&apos;s, or the usual hours below. {grace > 0 && `${grace} minutes before and after still count as work. `}
        A shift over midnight belongs to the day on which it begins. {lines.length > 0 && !effect && '“Effect” above counts who falls outside.'}
      </p>
      {lines.map((text, index) => {
        const line = readLine(text);
        const week = readWeek(line.week);
        const people = sizeOf(line.who);
        const own = effect?.hours[index];
        return (
          <section key={index} className="hours-line" aria-label={`Working hours of ${line.who}`} data-testid="hours.line">
            <header className="card-head">
              <h3>{line.who === '*' ? 'Everybody' : line.who} {people !== undefined && <span className="soft">{counted(people, 'person', 'people')}</span>}</h3>
              {canChange && (
                <div className="form-end">
                  {index > 0 && <Button size="compact-xs" variant="default" aria-label={`Move ${line.who} up`} onClick={() => swap(index)}>Move up</Button>}
                  <Button size="compact-xs" variant="default" aria-label={`Remove the hours of ${line.who}`} data-testid="hours.remove" onClick={() => set(lines.filter((_, i) => i !== index))}>Remove</Button>
                </div>
              )}
            </header>
            <Grid who={line.who} week={week ?? new Uint8Array(7 * 24 * 60)} canChange={canChange} set={(next) => put(index, { ...line, week: writeWeek(next) })} />
            <div className="settings-grid">
              <TextInput label="Hours" description="To the minute; an end before its start is on the next day" value={line.week} disabled={!canChange} data-testid="hours.week"
                error={week ? undefined : 'as in Mon-Fri 08:00-18:00, Sat 22:00-06:00'} onChange={(event) => put(index, { ...line, week: event.currentTarget.value.replaceAll(';', '') })} />
              <Select label="Clocks" description="Whose clocks these are" searchable limit={40} data={withCurrent(zones, line.zone)} value={line.zone} allowDeselect={false} disabled={!canChange} data-testid="hours.zone" onChange={(zone) => zone && put(index, { ...line, zone })} />
              <Select label="Public holidays" description="On which nobody of them works" searchable limit={40} data={withCurrent(holidays, line.holidays)} value={line.holidays} allowDeselect={false} disabled={!canChange} data-testid="hours.holidays" onChange={(next) => next && put(index, { ...line, holidays: next })} />
              <Switch label="Tell of everybody" description="Off: only of administrators, and of strangers at night" checked={line.told.toLowerCase() !== 'administrators'} disabled={!canChange} data-testid="hours.told"
                onChange={(event) => put(index, { ...line, told: event.currentTarget.checked ? 'all' : 'administrators' })} />
            </div>
            {own && effect && <EffectLine effect={own} days={effect.days} />}
          </section>
        );
      })}
      {lines.length > 0 && rest && effect && (
        <section className="hours-line" data-testid="hours.rest">
          <h3>Everybody else <span className="soft">{counted(rest.people, 'person', 'people')}</span></h3>
          <EffectLine effect={rest} days={effect.days} />
        </section>
      )}
      {error && <Alert color="red" variant="outline" role="alert">{error}</Alert>}
      {canChange && (
        <form className="settings-grid" onSubmit={(event) => {
          event.preventDefault();
          add();
        }}>
          <Autocomplete label="Hours for" description="a group of the directory, a name, an object id, or *" limit={40} data={groups.map((group) => group.name)} value={who} onChange={setWho} error={problem || undefined} data-testid="hours.who" />
          <div className="setting-add"><Button type="submit" variant="default" data-testid="hours.add">Add its hours</Button></div>
        </form>
      )}
    </div>
  );
}

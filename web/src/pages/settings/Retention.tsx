// "What is kept, for how long, and when is the disk full?"
import { Alert, Button, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, must, type Schemas } from '../../api/client';
import { literal, name as columnName } from '../../api/kql';
import { logs, objects, session } from '../../api/queries';
import { Confirm } from '../../parts/Confirm';
import { Field } from '../../parts/Field';
import { counted } from '../../parts/marks';
import { Card, Empty, Failed, Loading } from '../../parts/states';
import { failed, told } from '../../parts/undo';

type All = Schemas['Retention'];
type Keeping = Schemas['Keeping'];
const gigabyte = 1_000_000_000;
const retention = { queryKey: ['retention'], queryFn: () => must(api.GET('/api/v1/retention')) };

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}

const daysBefore = (today: string, day: string) => Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);

// What a change would delete of the days that there are.
function loss(all: All, wanted: Keeping): { days: number; bytes: number; tables: { name: string; rows: number }[] } {
  const found = { days: 0, bytes: 0, tables: new Map<string, number>() };
  let total = all.days.reduce((sum, day) => sum + day.bytes, 0);
  for (const day of [...all.days].sort((a, b) => a.day.localeCompare(b.day))) {
    const age = daysBefore(all.today, day.day);
    const isTooMuch = wanted.store_bytes > 0 && total > wanted.store_bytes && age > 0;
    if (age > wanted.store_days || isTooMuch) {
      found.days += 1;
      found.bytes += day.bytes;
      total -= day.bytes;
      continue;
    }
    for (const [name, most] of Object.entries(wanted.table_days)) {
      const rows = day.tables[name] ?? 0;
      if (age > most && rows > 0 && day.sealed) found.tables.set(name, (found.tables.get(name) ?? 0) + rows);
    }
  }
  return { ...found, tables: [...found.tables].map(([name, rows]) => ({ name, rows })) };
}

function isShorter(wanted: Keeping, now: Keeping): boolean {
  const less = (a: number, b: number) => a !== 0 && (b === 0 || a < b);
  return wanted.store_days < now.store_days || wanted.incidents_days < now.incidents_days || wanted.messages_days < now.messages_days ||
    wanted.journal_days < now.journal_days || less(wanted.store_bytes, now.store_bytes) || less(wanted.journal_bytes, now.journal_bytes) ||
    Object.entries(wanted.table_days).some(([name, days]) => days < (now.table_days[name] ?? now.store_days));
}

// How large a row of each table is, from the newest of them: a day's file tells the size of all of
// its tables together, which is shared out by this.
function useTableBytes(all: All | undefined): Map<string, number> {
  const names = useMemo(() => [...new Set((all?.days ?? []).flatMap((day) => Object.keys(day.tables)))].sort().slice(0, 60), [all]);
  const from = all?.days.map((day) => day.day).sort()[0];
  const query = `union ${names.map((each) => `(${columnName(each)} | take 100 | summarize Bytes = avg(estimate_data_size(*)) | extend T = ${literal(each)})`).join(', ')}`;
  const sizes = useQuery({ ...logs({ query, from: from && `${from}T00:00:00Z` }, names.length > 0), staleTime: 600_000 });
  return useMemo(() => {
    const weights = new Map((sizes.data ? objects(sizes.data) : []).map((row) => [String(row.T), Number(row.Bytes) || 1]));
    const found = new Map<string, number>();
    if (weights.size === 0) return found;
    for (const day of all?.days ?? []) {
      const parts = Object.entries(day.tables).map(([name, rows]) => [name, rows * (weights.get(name) ?? 1)] as const);
      const sum = parts.reduce((total, [, part]) => total + part, 0);
      for (const [name, part] of parts) if (sum > 0) found.set(name, (found.get(name) ?? 0) + (day.bytes * part) / sum);
    }
    return found;
  }, [sizes.data, all]);
}

function Forecast({ all }: { all: All }) {
  const used = all.days.reduce((sum, day) => sum + day.bytes, 0);
  const full = all.days.filter((day) => day.day !== all.today).slice(-7);
  const aDay = full.length > 0 ? full.reduce((sum, day) => sum + day.bytes, 0) / full.length : 0;
  const left = aDay > 0 ? Math.floor(all.disk_free / aDay) : undefined;
  const isBounded = left !== undefined && left > all.now.store_days;
  return (
    <dl className="facts wide-facts" data-testid="retention.used">
      <div><dt>Events</dt><dd>{bytes(used)} in {counted(all.days.length, 'day')}{aDay > 0 && `, ${bytes(aDay)} a day lately`}</dd></div>
      <div><dt>Journal</dt><dd>{bytes(all.journal_used)}</dd></div>
      <div><dt>Incidents, messages, users</dt><dd>{bytes(all.state_used)}</dd></div>
      <div><dt>Free on the disk</dt><dd>{bytes(all.disk_free)}{left !== undefined && (isBounded ? ': the days that are kept fit' : `: full in about ${left} d, if nothing changes`)}</dd></div>
    </dl>
  );
}

export function Retention() {
  const client = useQueryClient();
  const me = useQuery(session).data;
  const all = useQuery(retention);
  const [draft, setDraft] = useState<Keeping>();
  const [isAsking, setAsking] = useState(false);
  const [table, setTable] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: ({ wanted, sentence }: { wanted: Keeping; sentence?: string; was: Keeping }) =>
      must(api.PUT('/api/v1/retention', { body: { version: all.data?.version ?? 0, sentence, ...wanted } })),
    onSuccess: (saved, { was, wanted }) => {
      client.setQueryData(retention.queryKey, saved);
      setDraft(undefined);
      setAsking(false);
      // What was deleted does not come back; the setting does, where it would delete nothing.
      const back = isShorter(was, wanted) ? undefined : () => save.mutate({ wanted: was, was: wanted });
      told('Saved. It is obeyed within seconds.', back);
    },
    onError: (error, { sentence }) => sentence === undefined && failed(error),
  });
  const tables = useMemo(() => {
    const found = new Map<string, { rows: number; days: number; oldest: string }>();
    for (const day of all.data?.days ?? [])
      for (const [name, rows] of Object.entries(day.tables)) {
        const known = found.get(name) ?? { rows: 0, days: 0, oldest: day.day };
        found.set(name, { rows: known.rows + rows, days: known.days + 1, oldest: known.oldest < day.day ? known.oldest : day.day });
      }
    return [...found].sort(([, a], [, b]) => b.rows - a.rows);
  }, [all.data]);
  const tableBytes = useTableBytes(all.data);
  if (all.isPending) return <Loading rows={6} />;
  if (all.isError) return <Failed error={all.error} retry={() => void all.refetch()} />;
  const now = all.data.now;
  const wanted = draft ?? now;
  const canChange = me?.role === 'admin';
  const set = (change: Partial<Keeping>) => setDraft({ ...wanted, ...change });
  const days = (name: 'store_days' | 'incidents_days' | 'messages_days' | 'journal_days', label: string, description: string) => (
    <NumberInput label={label} description={`${description} The settings file says ${all.data.file[name]}.`} suffix=" days" min={1} max={36_500} allowDecimal={false} value={wanted[name]} disabled={!canChange}
      onChange={(value) => typeof value === 'number' && set({ [name]: value })} data-testid={`retention.${name}`} />
  );
  const size = (name: 'store_bytes' | 'journal_bytes', label: string, description: string) => (
    <NumberInput label={label} description={description} suffix=" GB" min={0} max={1_000_000} decimalScale={2} value={wanted[name] / gigabyte} disabled={!canChange}
      onChange={(value) => typeof value === 'number' && set({ [name]: Math.round(value * gigabyte) })} data-testid={`retention.${name}`} />
  );
  const gone = draft && loss(all.data, draft);
  const own = Object.entries(wanted.table_days).sort(([a], [b]) => a.localeCompare(b));
  return (
    <div className="stack" data-testid="settings.retention">
      <Card title="What is used"><Forecast all={all.data} /></Card>
      <Card title="What is kept" testid="retention.keep">
        {!canChange && <p className="soft">Administrators change this. Your role is {me?.role}.</p>}
        <div className="settings-grid">
          {days('store_days', 'Events of all tables', 'Days of receipt, whole ones.')}
          {size('store_bytes', 'Events, at most', 'The oldest days go first. 0: no bound.')}
          {days('incidents_days', 'Closed incidents', 'After they were closed.')}
          {days('messages_days', 'Messages of closed incidents', 'After they were sent.')}
          {days('journal_days', 'The journal', 'What came, as it came: from it everything is made again.')}
          {size('journal_bytes', 'The journal, at most', 'What detection has not done yet always stays.')}
        </div>
        <h3 className="actions-head">Tables that go earlier</h3>
        {own.length === 0 && <p className="soft">None: each table is kept as long as all events.</p>}
        <ul className="plain">
          {own.map(([name, count]) => (
            <li key={name} className="bar table-days">
              <span className="mono grow"><Field value={name} /></span>
              <NumberInput size="xs" w={120} aria-label={`Days of ${name}`} suffix=" days" min={1} max={36_500} allowDecimal={false} value={count} disabled={!canChange} onChange={(value) => typeof value === 'number' && set({ table_days: { ...wanted.table_days, [name]: value } })} data-testid={`retention.table.${name.toLowerCase()}`} />
              <Button size="compact-xs" variant="default" disabled={!canChange} aria-label={`Keep ${name} as long as the others`} onClick={() => {
                const { [name]: _, ...others } = wanted.table_days;
                set({ table_days: others });
              }}>As the others</Button>
            </li>
          ))}
        </ul>
        {canChange && (
          <div className="bar">
            <Select size="xs" w={260} aria-label="Table" placeholder="A table" searchable data={tables.map(([name]) => name).filter((name) => wanted.table_days[name] === undefined)} value={table} onChange={setTable} data-testid="retention.table" />
            <Button size="xs" variant="default" disabled={!table} onClick={() => {
              if (table) set({ table_days: { ...wanted.table_days, [table]: Math.min(wanted.store_days, 7) } });
              setTable(null);
            }} data-testid="retention.table.add">Keep it for less</Button>
          </div>
        )}
        {gone && (gone.days > 0 || gone.tables.length > 0 || isShorter(wanted, now)) && (
          <Alert color="yellow" variant="outline" mt="sm" data-testid="retention.loss" title="This deletes what is kept now">
            {gone.days > 0 && <p>{counted(gone.days, 'day')} of events, {bytes(gone.bytes)}.</p>}
            {gone.tables.map((each) => <p key={each.name}>{each.rows.toLocaleString()} rows of {each.name}.</p>)}
            {gone.days === 0 && gone.tables.length === 0 && <p>Nothing of the events that are stored now is that old yet.</p>}
          </Alert>
        )}
        {canChange && (
          <div className="form-end">
            <Button size="xs" variant="default" disabled={!draft} onClick={() => setDraft(undefined)}>Undo all</Button>
            <Button size="xs" disabled={!draft} loading={save.isPending} onClick={() => (isShorter(wanted, now) ? setAsking(true) : save.mutate({ wanted, was: now }))} data-testid="retention.save">Save</Button>
          </div>
        )}
      </Card>
      <Card title="What there is, by table">
        {tables.length === 0 ? <Empty title="Nothing is stored yet." /> : (
          <div className="scroll" tabIndex={0} role="region" aria-label="Tables">
            <table className="rows compact">
              <thead><tr><th>Table</th><th className="number">Rows</th><th className="number"><abbr title="Of the disk. A day's file tells the size of all its tables together; it is shared out by how large their rows are.">About</abbr></th><th className="number">Days</th><th>Oldest day</th><th className="number">Kept for</th></tr></thead>
              <tbody>
                {tables.map(([name, each]) => (
                  <tr key={name}>
                    <td className="wide mono"><Field value={name} /></td>
                    <td className="number">{each.rows.toLocaleString()}</td>
                    <td className="number" data-testid={`retention.bytes.${name.toLowerCase()}`}>{tableBytes.has(name) ? `~ ${bytes(tableBytes.get(name) ?? 0)}` : '\u2013'}</td>
                    <td className="number">{each.days}</td>
                    <td>{each.oldest}</td>
                    <td className="number">{Math.min(now.table_days[name] ?? now.store_days, now.store_days)} days</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {isAsking && (
        <Confirm title="Delete what is older?" word={all.data.sentence} verb="Delete and keep it so" calls={[]} isBusy={save.isPending} error={save.error?.message} onDo={(sentence) => save.mutate({ wanted, sentence, was: now })} onEnd={() => setAsking(false)} testid="retention.confirm">
          <p>{gone && gone.days > 0 ? `${gone.days} days of events (${bytes(gone.bytes)}) go at once, and` : 'Older things go from now on, and'} nothing brings them back but a backup.</p>
        </Confirm>
      )}
    </div>
  );
}

// "Show me the rows, and what stands out?"
import { Alert, Button, Checkbox, Menu, Select, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { leaveFirst, openedOrNow } from '../api/begun';
import { api, problemOf } from '../api/client';
import { name, rowsOf, type Filter } from '../api/kql';
import { logs, objects, session } from '../api/queries';
import { barSeconds, rangeNames, rangeOf, utc } from '../api/time';
import { Bars, type Bar } from '../parts/Bars';
import { Field, plainText } from '../parts/Field';
import { When } from '../parts/marks';
import { Empty, Failed, Loading, Page } from '../parts/states';
import { failed, told } from '../parts/undo';
import { Views } from '../parts/Views';
import { Facets } from './logs/Facets';
import { LogTable, type Column, type TableProps } from './logs/LogTable';
import { Pivot } from './logs/Pivot';
import { barsQuestion, barStepOf, readFilters, rowsMax, rowsQuestion, tablesQuestion, type LogSearch } from './logs/question';
import { useTail } from './logs/tail';

const exportMax = 30_000;
const none: Column[] = [];
const usualColumns: Record<string, string[]> = {
  Syslog: ['TimeGenerated', 'Computer', 'ProcessName', 'SyslogMessage'],
  SigninLogs: ['TimeGenerated', 'UserPrincipalName', 'IPAddress', 'Location', 'AppDisplayName', 'ResultType'],
  ASimAuthenticationEventLogs: ['TimeGenerated', 'TargetUsername', 'SrcIpAddr', 'SrcGeoCountry', 'EventResult', 'DvcHostname'],
  VedetteSourceHealth: ['TimeGenerated', 'Source', 'State', 'Records', 'LatenessSeconds', 'Message'],
};

// The moment of each change, the first time that of the page.
function useNowWhen(changes: string): Date {
  const [kept, setKept] = useState(() => ({ changes, now: openedOrNow() }));
  if (kept.changes === changes) return kept.now;
  const next = { changes, now: new Date() };
  setKept(next);
  return next.now;
}

// Narrow bars as wider ones, counted from the first.
function together(bars: Bar[], widthMs: number): Bar[] {
  const wide = new Map<number, number>();
  for (const bar of bars) {
    const at = bars[0]!.at + Math.floor((bar.at - bars[0]!.at) / widthMs) * widthMs;
    wide.set(at, (wide.get(at) ?? 0) + (bar.counts[0] ?? 0));
  }
  return [...wide].map(([at, rows]) => ({ at, counts: [rows] }));
}

type ExportFormat = 'csv' | 'json' | 'ndjson' | 'parquet';

// With a message that it is under way, which can be cancelled; the file is made at the service.
async function save(query: string, from: string, to: string, format: ExportFormat) {
  const stop = new AbortController();
  const id = notifications.show({
    loading: true,
    autoClose: false,
    withCloseButton: false,
    message: (
      <span className="told" data-testid="logs.export.progress">
        Making the {format.toUpperCase()} file{'\u2026'}
        <Button size="compact-xs" variant="default" onClick={() => stop.abort()}>Cancel</Button>
      </span>
    ),
  });
  try {
    const { data, error, response } = await api.POST('/api/v1/logs/export', { body: { query, from, to, format }, parseAs: 'blob', signal: stop.signal });
    if (error !== undefined || !data) throw problemOf(response.status, error as { title?: string });
    const blob = data as unknown as Blob;
    const address = URL.createObjectURL(blob);
    const link = document.createElement('a');
    link.href = address;
    link.download = `vedette-${utc(new Date()).slice(0, 10)}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    told(`Exported ${Math.max(1, Math.round(blob.size / 1000)).toLocaleString()} kB, at most ${exportMax.toLocaleString()} rows`);
  } catch (error) {
    if (stop.signal.aborted) told('The export was cancelled');
    else failed(error);
  } finally {
    notifications.hide(id);
  }
}

export default function Logs() {
  const search = useSearch({ from: '/inside/logs' });
  const navigate = useNavigate({ from: '/logs' });
  const set = (change: Partial<LogSearch>) => void navigate({ search: (was) => ({ ...was, ...change }) });
  const client = useQueryClient();
  const me = useQuery(session).data;
  const [round, setRound] = useState(0);
  const [isTail, setTail] = useState(false);
  const [pivot, setPivot] = useState<string>();
  const isFaceted = search.facets !== undefined;
  const [typed, setTyped] = useState(search.q ?? '');
  useEffect(() => setTyped(search.q ?? ''), [search.q]);
  useEffect(leaveFirst, []);
  const now = useNowWhen(`${search.t} ${round}`);
  const range = useMemo(() => rangeOf(search.t, now), [search.t, now]);
  const from = range.from.toISOString();
  const to = range.to.toISOString();
  const filters = useMemo(() => readFilters(search.f), [search.f]);

  // Without one in the address: the fullest of those with rows in this time. All there are is counted over
  // every day: after the rows, where it is known which are wanted.
  const [isRead, setRead] = useState(false);
  const [usualTable, setUsualTable] = useState<string>(); // stays when the time changes
  const isOpen = search.table === undefined && usualTable === undefined;
  const near = useQuery(logs(tablesQuestion(range), isOpen));
  const isNone = near.isError || near.data?.rows.length === 0;
  const tables = useQuery({ ...logs(tablesQuestion(), isRead || (isOpen && isNone)), staleTime: 300_000 });
  const tableRows = tables.data ? objects(tables.data) : [];
  const candidates = near.data && !isNone ? objects(near.data) : tableRows;
  const fullest = candidates.find((row) => row.Table === 'Syslog')?.Table ?? candidates[0]?.Table;
  if (isOpen && fullest !== undefined) setUsualTable(plainText(fullest));
  const table = search.table ?? usualTable ?? 'Syslog';
  const isReady = !isOpen || tables.isSuccess || tables.isError;
  const query = rowsOf(table, filters, search.q ?? '');
  const isAll = search.t === 'all';
  const step = barStepOf(search, range);
  const rows = useQuery({ ...logs(rowsQuestion(query, range), isReady), placeholderData: keepPreviousData });
  const counts = useQuery({ ...logs(barsQuestion(query, range, step), isReady), placeholderData: keepPreviousData });
  useEffect(() => {
    if (!rows.isFetching && !rows.isPending && !counts.isFetching) setRead(true);
  }, [rows.isFetching, rows.isPending, counts.isFetching]);
  const newest = useQuery(
    logs({ query: `${name(table)} | summarize Newest = max(TimeGenerated)` }, rows.isSuccess && rows.data.rows.length === 0),
  );

  const counted: Bar[] = useMemo(
    () => (counts.data ? objects(counts.data).map((row) => ({ at: Date.parse(plainText(row.At)), counts: [Number(row.Rows)] })) : []),
    [counts.data],
  );
  const first = isAll && counted[0] ? new Date(counted[0].at) : range.from;
  const width = isAll ? Math.max(step, barSeconds({ ...range, from: first })) : step;
  const bars = isAll ? together(counted, width * 1000) : counted;
  const total = bars.reduce((sum, bar) => sum + (bar.counts[0] ?? 0), 0);
  const all = rows.data?.columns ?? none;
  const found = useMemo(() => (rows.data ? objects(rows.data) : []), [rows.data]);
  const filled = useMemo(
    () => new Set(rows.data?.columns.filter((_, i) => rows.data.rows.some((row) => row[i] !== null && row[i] !== '')).map((column) => column.name)),
    [rows.data],
  );
  const asked = search.c?.split(',').filter((each) => all.some((column) => column.name === each));
  const usual = usualColumns[table] ?? ['TimeGenerated', ...[...filled].filter((each) => !['TimeGenerated', 'TenantId', 'Type', '_ItemId'].includes(each)).slice(0, 6)];
  const columns = asked?.length ? asked : usual.filter((each) => all.some((column) => column.name === each));
  const shownNames = columns.join('\n');
  const shown = useMemo(() => shownNames.split('\n').flatMap((each) => all.find((column) => column.name === each) ?? []), [shownNames, all]);
  const tail = useTail(query, isTail);
  const canExport = me !== undefined && me.role !== 'viewer';
  const addFilter = (filter: Filter) => set({ f: JSON.stringify([...filters, filter]) });
  const isFiltered = filters.length > 0 || (search.q ?? '') !== '';
  const typeOf = (column: string) => all.find((each) => each.name === column)?.type ?? 'string';
  const tableNames = [...new Set([table, ...tableRows.map((row) => plainText(row.Table))])];

  return (
    <Page
      title="Logs"
      testid="logs.page"
      note={rows.isFetching ? 'reading\u2026' : rows.data && counts.data && `${total.toLocaleString()} rows`}
      tools={
        <>
          <Select size="xs" w={210} aria-label="Time" data={[...(search.t?.includes('..') ? [{ value: search.t, label: range.label }] : []), ...rangeNames]} value={search.t ?? '24h'} allowDeselect={false} onChange={(value) => set({ t: value ?? undefined })} data-testid="logs.time" />
          <Views page="logs" search={{ ...search }} onOpen={(saved) => void navigate({ search: saved })} />
          <Button size="xs" variant={isTail ? 'filled' : 'default'} aria-pressed={isTail} onClick={() => setTail(!isTail)} data-testid="logs.tail">{isTail ? 'Stop the tail' : 'Tail'}</Button>
          <Button size="xs" variant="default" onClick={() => setRound(round + 1)}>Read again</Button>
          <Menu position="bottom-end">
            <Menu.Target><Button size="xs" variant="default" disabled={!canExport} title={canExport ? undefined : 'Taking rows away needs the role analyst.'} data-testid="logs.export">Export</Button></Menu.Target>
            <Menu.Dropdown>
              {(['csv', 'json', 'ndjson', 'parquet'] as const).map((format) => (
                <Menu.Item key={format} data-testid={`logs.export.${format}`} onClick={() => void save(`${query}\n| order by TimeGenerated desc\n| take ${exportMax}`, from, to, format)}>
                  {format.toUpperCase()}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          {canExport && <Button size="xs" variant="default" onClick={() => void navigate({ to: '/hunt', search: { q: `${query}\n| order by TimeGenerated desc\n| take ${rowsMax}`, t: search.t } })} data-testid="logs.hunt">KQL</Button>}
        </>
      }
    >
      <div className="bar">
        <Select size="xs" w={250} aria-label="Table" searchable data={tableNames} value={table} allowDeselect={false} onChange={(value) => set({ table: value ?? undefined, f: undefined, c: undefined })} data-testid="logs.table" />
        <form className="grow" onSubmit={(event) => {
          event.preventDefault();
          set({ q: typed.trim() || undefined });
        }}>
          <TextInput size="xs" data-filter aria-label="Rows that contain" placeholder="Rows that contain this text, in any column (Enter)" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-testid="logs.text" />
        </form>
        <Button size="xs" variant={isFaceted ? 'filled' : 'default'} aria-pressed={isFaceted} onClick={() => set({ facets: isFaceted ? undefined : '1' })} data-testid="logs.facets.toggle">Values</Button>
        <Menu closeOnItemClick={false} position="bottom-end">
          <Menu.Target><Button size="xs" variant="default" data-testid="logs.columns">Columns ({columns.length})</Button></Menu.Target>
          <Menu.Dropdown className="columns-menu">
            {[...all].sort((a, b) => Number(filled.has(b.name)) - Number(filled.has(a.name))).map((column) => (
              <div key={column.name} className="columns-row">
                <Checkbox size="xs" label={column.name} checked={columns.includes(column.name)} className={filled.has(column.name) ? undefined : 'soft'}
                  onChange={(event) => set({ c: (event.currentTarget.checked ? [...columns, column.name] : columns.filter((each) => each !== column.name)).join(',') || undefined })} />
              </div>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      {filters.length > 0 && (
        <ul className="chips" aria-label="Filters">
          {filters.map((filter, i) => (
            <li key={i}>
              <span>{filter.column} {filter.is ? '=' : 'is not'} </span><Field value={filter.value} most={40} mono />
              <button type="button" aria-label={`Drop the filter on ${filter.column}`} onClick={() => set({ f: filters.length === 1 ? undefined : JSON.stringify(filters.filter((_, j) => j !== i)) })}>{'\u00d7'}</button>
            </li>
          ))}
        </ul>
      )}
      <div className={isFaceted ? 'grid faceted' : 'stack'}>
        {isFaceted && <Facets query={query} from={from} to={to} columns={[...columns, ...[...filled].filter((each) => !columns.includes(each))].slice(0, 40)} typeOf={typeOf} total={total} onFilter={addFilter} />}
        <div className="stack">
      {!isTail && !counts.isError && bars.length > 0 && (
        <section className="card">
          <Bars bars={bars} series={[{ name: 'Rows', color: 'var(--series-1)' }]} from={first.getTime()} to={range.to.getTime()} stepMs={width * 1000}
            title={`${total.toLocaleString()} rows of ${table}, ${range.label.toLowerCase()}`} onPick={(first, last) => set({ t: `${first.toISOString()}..${last.toISOString()}` })} height={80} />
        </section>
      )}
      <Reading isOn={!isTail && (rows.isFetching || counts.isFetching)} onCancel={() => void client.cancelQueries({ queryKey: ['logs'] })} />
      {!isTail && rows.isPending && rows.fetchStatus === 'idle' && isReady && (
        <Empty title="The reading was cancelled."><Button size="xs" variant="default" onClick={() => setRound(round + 1)}>Read again</Button></Empty>
      )}
      {rows.data?.partial?.map((note) => <Alert key={note} color="yellow" variant="outline">{note}</Alert>)}
      {isTail && <TailRows tail={tail} columns={shown} all={all} onFilter={addFilter} onPivot={setPivot} />}
      {!isTail && rows.isFetching && rows.isPending && <Loading rows={10} />}
      {!isTail && rows.isError && <Failed error={rows.error} retry={() => void rows.refetch()} />}
      {!isTail && rows.isSuccess && rows.data.rows.length === 0 && (
        <Empty title={isFiltered ? 'No row matches.' : `No rows in ${table}, ${range.label.toLowerCase()}.`}>
          {isFiltered ? (
            <Button size="xs" variant="default" onClick={() => set({ f: undefined, q: undefined })}>Drop all filters</Button>
          ) : newest.data?.rows[0]?.[0] ? (
            <span>The newest is of <When time={plainText(newest.data.rows[0][0])} />. <button type="button" className="quiet-link" onClick={() => {
              const at = Date.parse(plainText(newest.data.rows[0]?.[0]));
              set({ t: `${new Date(at - 3_600_000).toISOString()}..${new Date(at + 1000).toISOString()}` });
            }}>Go there</button></span>
          ) : <span>This table holds no rows yet.</span>}
        </Empty>
      )}
      {!isTail && rows.isSuccess && rows.data.rows.length > 0 && (
        <LogTable rows={found} columns={shown} all={all} onFilter={addFilter} onPivot={setPivot} isOld={rows.isPlaceholderData} isCut={rows.data.rows.length === rowsMax && total > rowsMax} />
      )}
        </div>
      </div>
      {pivot !== undefined && <Pivot value={pivot} t={search.t} from={from} to={to} onEnd={() => setPivot(undefined)} />}
    </Page>
  );
}

// That rows are being read; after a second it can be given up.
function Reading({ isOn, onCancel }: { isOn: boolean; onCancel: () => void }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!isOn) return undefined;
    const timer = setTimeout(() => setLong(true), 1_000);
    return () => clearTimeout(timer);
  }, [isOn]);
  return (
    <div className="reading">
      {isOn && <div className="reading-bar" role="progressbar" aria-label="Reading rows" data-testid="logs.reading" />}
      {isOn && isLong && <Button size="compact-xs" variant="default" onClick={onCancel} data-testid="logs.reading.cancel">Cancel the reading</Button>}
    </div>
  );
}

// Rows as they come; what is open stays open, since rows are counted from the oldest.
function TailRows({ tail, ...rest }: { tail: ReturnType<typeof useTail> } & Pick<TableProps, 'columns' | 'all' | 'onFilter' | 'onPivot'>) {
  return (
    <div className="stack" data-testid="logs.tail.rows">
      <p className="soft" role="status">
        {tail.rows.length === 0 ? 'Waiting for rows that match.' : `${tail.rows.length.toLocaleString()} rows since the tail began`}
        {tail.skipped > 0 && `; ${tail.skipped.toLocaleString()} more came faster than they can be shown`}
      </p>
      {tail.error && <Failed error={tail.error} />}
      {tail.rows.length > 0 && <LogTable {...rest} rows={tail.rows} isOld={false} isCut={false} />}
    </div>
  );
}

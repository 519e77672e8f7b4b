// Beside the editor: what was run before, hunts that are kept, tables and their columns.
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, must } from '../../api/client';
import { huntHistory, savedHunts, type HuntRun, type HuntSchema, type SavedHunt } from '../../api/hunts';
import { name } from '../../api/kql';
import { logs } from '../../api/queries';
import { Field, plainText, shownParts } from '../../parts/Field';
import { When } from '../../parts/marks';
import { Empty, Failed, Loading } from '../../parts/states';
import { failed, told } from '../../parts/undo';

export type PanelName = 'history' | 'saved' | 'schema';

interface Props {
  schema: HuntSchema | undefined;
  onOpenRun: (run: HuntRun) => void;
  onLink: (run: HuntRun) => void;
  onOpenSaved: (hunt: SavedHunt) => void;
  onInsert: (text: string) => void;
}

export function Panels(props: Props) {
  const [shown, setShown] = useState<PanelName>('history');
  return (
    <aside className="card hunt-side" aria-label="History, saved hunts, tables">
      <SegmentedControl size="xs" fullWidth value={shown} onChange={(value) => setShown(value as PanelName)} aria-label="What is shown here" data={[{ value: 'history', label: 'History' }, { value: 'saved', label: 'Saved' }, { value: 'schema', label: 'Tables' }]} data-testid="hunt.panels" />
      {shown === 'history' && <History {...props} />}
      {shown === 'saved' && <Saved {...props} />}
      {shown === 'schema' && <Schema {...props} />}
    </aside>
  );
}

function History({ onOpenRun, onLink }: Props) {
  const client = useQueryClient();
  const runs = useQuery(huntHistory);
  const [noted, setNoted] = useState<{ id: number; text: string }>();
  const again = () => client.invalidateQueries({ queryKey: huntHistory.queryKey });
  const mark = useMutation({
    mutationFn: ({ id, ...body }: { id: number; starred?: boolean; comment?: string }) => must(api.PATCH('/api/v1/hunts/history/{id}', { params: { path: { id } }, body })),
    onSuccess: again,
    onError: failed,
  });
  if (runs.isPending) return <Loading />;
  if (runs.isError) return <Failed error={runs.error} retry={() => void runs.refetch()} />;
  if (runs.data.rows.length === 0) return <Empty title="Nothing was run yet." />;
  const rows = [...runs.data.rows.filter((run) => run.starred), ...runs.data.rows.filter((run) => !run.starred)];
  return (
    <ul className="hunt-list" data-testid="hunt.history">
      {rows.map((run) => (
        <li key={run.id} data-id={run.id}>
          <button type="button" className="hunt-open" onClick={() => onOpenRun(run)} title="Open in a new tab" data-testid="hunt.history.open"><Text text={run.query} /></button>
          <p className="soft small">
            <When time={run.at} />, {run.problem ? <span className="bad-word">failed</span> : `${run.rows.toLocaleString()} rows`}, {run.took_ms.toLocaleString()} ms{run.on && `, ${run.on}`}
          </p>
          {run.comment && noted?.id !== run.id && <p className="small"><Field value={run.comment} most={200} /></p>}
          {noted?.id === run.id && (
            <form onSubmit={(event) => {
              event.preventDefault();
              mark.mutate({ id: run.id, comment: noted.text.trim() });
              setNoted(undefined);
            }}>
              <TextInput size="xs" aria-label="Comment" autoFocus maxLength={500} value={noted.text} onChange={(event) => setNoted({ id: run.id, text: event.currentTarget.value })} data-testid="hunt.history.comment.text" />
            </form>
          )}
          <span className="hunt-list-actions">
            <button type="button" className="quiet" aria-pressed={run.starred} aria-label={run.starred ? 'Take the star off' : 'Star'} onClick={() => mark.mutate({ id: run.id, starred: !run.starred })} data-testid="hunt.history.star">{run.starred ? '\u2605' : '\u2606'}</button>
            <button type="button" className="quiet" onClick={() => setNoted({ id: run.id, text: run.comment })} data-testid="hunt.history.comment">Comment</button>
            <button type="button" className="quiet" onClick={() => onLink(run)} data-testid="hunt.history.link">Link</button>
          </span>
        </li>
      ))}
    </ul>
  );
}

// The beginning of a query, on one or two lines.
function Text({ text }: { text: string }) {
  return <span className="mono hunt-text"><Field value={text.replace(/\s+/g, ' ').trim().slice(0, 160)} most={160} /></span>;
}

function Saved({ onOpenSaved }: Props) {
  const client = useQueryClient();
  const hunts = useQuery(savedHunts);
  const [filter, setFilter] = useState('');
  const again = () => client.invalidateQueries({ queryKey: savedHunts.queryKey });
  const put = useMutation({
    mutationFn: (hunt: SavedHunt) => must(api.PUT('/api/v1/hunts/saved/{id}', { params: { path: { id: hunt.name } }, body: { title: hunt.title, description: hunt.description, query: hunt.query, span: hunt.span, pinned: hunt.pinned } })),
    onSuccess: again,
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: (hunt: SavedHunt) => must(api.DELETE('/api/v1/hunts/saved/{id}', { params: { path: { id: hunt.name } } })),
    onSuccess: (_, hunt) => {
      told(`${hunt.name} is deleted`, () => put.mutate(hunt));
      void again();
    },
    onError: failed,
  });
  if (hunts.isPending) return <Loading />;
  if (hunts.isError) return <Failed error={hunts.error} retry={() => void hunts.refetch()} />;
  const wanted = filter.trim().toLowerCase();
  const rows = hunts.data.rows.filter((hunt) => `${hunt.name} ${hunt.title} ${hunt.description}`.toLowerCase().includes(wanted));
  return (
    <>
      <TextInput size="xs" data-filter aria-label="Find a hunt" placeholder="Find a hunt" value={filter} onChange={(event) => setFilter(event.currentTarget.value)} data-testid="hunt.saved.filter" />
      {hunts.data.problem && <p className="bad-line small">The folder of hunts cannot be read: {hunts.data.problem}</p>}
      {rows.length === 0 && <Empty title="No hunt has these words." />}
      <ul className="hunt-list" data-testid="hunt.saved">
        {rows.map((hunt) => (
          <li key={`${hunt.kind} ${hunt.name}`} data-id={hunt.name}>
            <button type="button" className="hunt-open" onClick={() => onOpenSaved(hunt)} title="Open in a new tab" data-testid="hunt.saved.open"><Field value={hunt.title} most={70} /></button>
            <p className="soft small">{hunt.kind === 'own' ? <>saved by <Field value={hunt.author} most={30} />, <When time={hunt.changed} /></> : hunt.kind === 'file' ? 'a file' : 'shipped'}{hunt.pinned && ', on the overview'}</p>
            {hunt.description && <p className="small"><Field value={hunt.description} most={120} /></p>}
            {hunt.kind === 'own' && (
              <span className="hunt-list-actions">
                <button type="button" className="quiet" aria-pressed={hunt.pinned} onClick={() => put.mutate({ ...hunt, pinned: !hunt.pinned })} data-testid="hunt.saved.pin">{hunt.pinned ? 'Take off the overview' : 'Pin to the overview'}</button>
                <button type="button" className="quiet" onClick={() => remove.mutate(hunt)} data-testid="hunt.saved.delete">Delete</button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const tablesShown = 60;
const sampled = 200;
const sampleMax = 24; // characters

function Schema({ schema, onInsert }: Props) {
  const [filter, setFilter] = useState('');
  const [open, setOpen] = useState<string>();
  const counts = useQuery({ ...logs({ query: 'union withsource=Table * | summarize Rows = count() by Table | order by Rows desc' }), staleTime: 300_000 });
  if (!schema) return <Loading />;
  const rows = new Map((counts.data?.rows ?? []).map((row) => [plainText(row[0]), Number(row[1])]));
  const wanted = filter.trim().toLowerCase();
  const fits = (table: HuntSchema['tables'][number]) => table.name.toLowerCase().includes(wanted) || (wanted.length > 2 && Object.keys(table.columns).some((column) => column.toLowerCase().includes(wanted)));
  const tables = schema.tables.filter(fits).sort((a, b) => (rows.get(b.name) ?? 0) - (rows.get(a.name) ?? 0));
  return (
    <>
      <TextInput size="xs" data-filter aria-label="Find a table or a column" placeholder="Find a table or a column" value={filter} onChange={(event) => setFilter(event.currentTarget.value)} data-testid="hunt.schema.filter" />
      <ul className="hunt-list" data-testid="hunt.schema">
        {tables.slice(0, tablesShown).map((table) => (
          <li key={table.name}>
            <button type="button" className="facet-head" aria-expanded={open === table.name} onClick={() => setOpen(open === table.name ? undefined : table.name)}>{open === table.name ? '\u25be' : '\u25b8'} {table.name} <span className="soft small">{rows.has(table.name) ? `${(rows.get(table.name) ?? 0).toLocaleString()} rows` : 'no rows'}</span></button>
            {open === table.name && <Columns table={table} hasRows={rows.has(table.name)} onInsert={onInsert} />}
          </li>
        ))}
      </ul>
      {tables.length > tablesShown && <p className="soft small">{(tables.length - tablesShown).toLocaleString()} more; type part of a name.</p>}
    </>
  );
}

// Of the newest rows: how many have a value, and which.
function Columns({ table, hasRows, onInsert }: { table: HuntSchema['tables'][number]; hasRows: boolean; onInsert: (text: string) => void }) {
  const sample = useQuery({ ...logs({ query: `${name(table.name)} | top ${sampled} by TimeGenerated desc` }, hasRows && 'TimeGenerated' in table.columns), staleTime: 300_000 });
  const facts = new Map((sample.data?.columns ?? []).map((column, i) => {
    const values = (sample.data?.rows ?? []).map((row) => plainText(row[i])).filter((value) => value !== '');
    return [column.name, { filled: values.length, values: [...new Set(values)].slice(0, 3) }];
  }));
  const total = sample.data?.rows.length ?? 0;
  const columns = Object.entries(table.columns).sort(([a], [b]) => (facts.get(b)?.filled ?? 0) - (facts.get(a)?.filled ?? 0));
  return (
    <>
      <Button size="xs" variant="default" onClick={() => onInsert(name(table.name))}>Insert {table.name}</Button>
      {total > 0 && <p className="soft small">filled in the newest {total} rows, with samples</p>}
      <ul className="hunt-columns">
        {columns.map(([column, type]) => (
          <li key={column}>
            <button type="button" className="quiet" title="Insert" onClick={() => onInsert(name(column))}>{column}</button> <span className="soft small">{type}{total > 0 && `, ${Math.round(((facts.get(column)?.filled ?? 0) / total) * 100)} %`}</span>
            {(facts.get(column)?.values.length ?? 0) > 0 && <p className="soft small">{facts.get(column)?.values.map((value, i) => <span key={value}>{i > 0 && ', '}<bdi className="mono">{shownParts(value.slice(0, sampleMax)).map((part) => part.text).join('')}{value.length > sampleMax && '\u2026'}</bdi></span>)}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}

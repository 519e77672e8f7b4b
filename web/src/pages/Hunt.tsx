// "Is my suspicion true?"
import { Alert, Button, Checkbox, Modal, Progress, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, must } from '../api/client';
import { checkHunt, huntSchema, savedHunts, WrongQuery, type HuntAnswer, type HuntRun, type SavedHunt } from '../api/hunts';
import { compared, type Filter } from '../api/kql';
import { session } from '../api/queries';
import { age, rangeNames, rangeOf } from '../api/time';
import { kindOf, usualKind, type ChartKind } from '../parts/chart';
import { ChartView } from '../parts/ChartView';
import { Field, shownParts } from '../parts/Field';
import { Empty, Failed, Page } from '../parts/states';
import { failed, told } from '../parts/undo';
import type { HuntSearch } from '../router';
import { allToSend, blockAt, blocksOf, blockToSend, lineOf, placeOfNewLine, type Sent } from './hunt/blocks';
import { Editor, type EditorHandle } from './hunt/Editor';
import { Grid } from './hunt/Grid';
import { Inspector } from './hunt/Inspector';
import { Panels } from './hunt/Panels';
import { useRuns, type Run } from './hunt/running';
import { isNumber, statisticsOf } from './hunt/statistics';
import { tabsMax, useTabs, type Tab } from './hunt/tabs';
import { Pivot } from './logs/Pivot';

const linkedMax = 4_000; // characters of a query in an address
const checkAfterMs = 400;
const anyTime = { value: 'any', label: 'Time as the query says' };

export default function Hunt() {
  const me = useQuery(session).data;
  if (me?.role === 'viewer')
    return (
      <Page title="Hunt" testid="hunt.page">
        <Empty title="Hunting needs the role analyst."><span>An administrator gives it to you. <Link to="/logs">Logs</Link> shows rows to everybody.</span></Empty>
      </Page>
    );
  return me ? <Hunting person={me.name} /> : null;
}

function spanOf(t: string | undefined): { from?: string; to?: string } {
  if (!t || t === anyTime.value) return {};
  const range = rangeOf(t, new Date());
  return { from: range.from.toISOString(), to: range.to.toISOString() };
}

function Hunting({ person }: { person: string }) {
  const search = useSearch({ from: '/inside/hunt' });
  const navigate = useNavigate({ from: '/hunt' });
  const router = useRouter();
  const schema = useQuery(huntSchema);
  const { tabs, here, open, add, close, change, go } = useTabs(person);
  const { runs, run, cancel } = useRuns();
  const editor = useRef<EditorHandle>(null);
  const [line, setLine] = useState(1);
  const [isSaving, setSaving] = useState(false);
  const [pivot, setPivot] = useState<string>();
  const [linked, setLinked] = useState<{ tab: string; rows: string }>(); // what a link says of its answer
  const shown = runs.get(here.id);
  const set = useCallback((part: HuntSearch) => void navigate({ search: (was) => ({ ...was, ...part }), replace: true }), [navigate]);

  const start = useCallback((tab: string, sent: Sent, asked: HuntSearch) => {
    if (sent.query.trim() === '') return void told('There is nothing to run here.');
    set({ q: sent.query.length <= linkedMax ? sent.query : undefined, now: undefined, rows: undefined });
    void run(tab, sent, { query: sent.query, ...spanOf(asked.t), ...(asked.on ? { on: asked.on } : {}), ...(asked.now ? { now: asked.now } : {}) }).then((answer) => {
      if (asked.rows && answer) setLinked({ tab, rows: asked.rows });
    });
  }, [run, set]);
  const written = () => editor.current?.text() ?? here.text;
  const runBlock = () => start(here.id, blockToSend(written(), editor.current?.line() ?? line), { t: search.t, on: search.on });
  const runAll = () => start(here.id, allToSend(written()), { t: search.t, on: search.on });

  // A query in the address is opened, and run when that costs nobody else anything.
  const wanted = useRef(search.q ? search : undefined);
  useEffect(() => {
    if (wanted.current?.q) open('From a link', wanted.current.q);
  }, []); // eslint-disable-line
  useEffect(() => {
    const asked = wanted.current;
    if (!asked?.q || here.text.trim() !== asked.q.trim()) return;
    wanted.current = undefined;
    if (!asked.on) start(here.id, allToSend(here.text), asked);
  }, [here, start]);

  // What the service says of the block at the cursor, while it is written.
  useEffect(() => {
    const sent = blockToSend(here.text, line);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      if (sent.query === '') return editor.current?.show(sent, []);
      checkHunt(sent.query, stop.signal).then((found) => editor.current?.show(sent, found), () => undefined);
      return undefined;
    }, checkAfterMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [here.text, here.id, line, schema.isSuccess]);
  useEffect(() => {
    if (shown?.error instanceof WrongQuery) editor.current?.show(shown.sent, shown.error.diagnostics.filter((each) => each.length > 0));
  }, [shown?.error, shown?.sent]);

  const addLine = (added: string) => {
    const whole = written();
    const block = blockAt(blocksOf(whole), editor.current?.line() ?? line);
    if (!block) return;
    const at = placeOfNewLine(whole, block);
    const text = `${whole.slice(0, at)}\n${added}${whole.slice(at)}`;
    editor.current?.insert(at, `\n${added}`);
    start(here.id, blockToSend(text, block.firstLine), { t: search.t, on: search.on });
  };
  const onFilter = (filter: Filter) => addLine(`| where ${compared(filter)}`);
  const linkOf = (link: HuntSearch) => location.origin + router.buildLocation({ to: '/hunt', search: link }).href;
  const share = (link: HuntSearch) => {
    if ((link.q ?? '').length > linkedMax) return failed(new Error('The query is too long for a link. Save it as a hunt.'));
    return void navigator.clipboard.writeText(linkOf(link)).then(() => told('The link is copied; it shows the same time again'), failed);
  };
  const shareRun = ({ question, answer }: Run) =>
    share({ q: question.query, t: question.from && question.to ? `${question.from}..${question.to}` : anyTime.value, on: question.on, now: answer?.now ?? undefined, rows: answer?.fingerprint });
  const openRun = (kept: HuntRun) => {
    open('From history', kept.query);
    set({ t: kept.from && kept.to ? `${kept.from}..${kept.to}` : anyTime.value, on: kept.on || undefined, q: undefined, now: undefined, rows: undefined });
  };
  const openSaved = (hunt: SavedHunt) => {
    open(hunt.title.slice(0, 40), hunt.query);
    set({ t: hunt.span || anyTime.value, q: undefined, now: undefined, rows: undefined });
  };
  const insert = (text: string) => {
    const at = here.text.length;
    editor.current?.insert(at, `${here.text === '' || here.text.endsWith('\n') ? '' : ' '}${text}`);
    editor.current?.focus();
  };

  const places = schema.data?.places ?? [];
  const times = [anyTime, ...(search.t?.includes('..') ? [{ value: search.t, label: rangeOf(search.t, new Date()).label }] : []), ...rangeNames];
  return (
    <Page
      title="Hunt"
      testid="hunt.page"
      note={shown?.answer && !shown.isRunning && `${shown.answer.row_count.toLocaleString()} rows, ${shown.answer.took_ms.toLocaleString()} ms`}
      tools={
        <>
          {places.length > 0 && <Select size="xs" w={230} aria-label="Where it is run" data={[{ value: 'local', label: 'Here' }, ...places.flatMap((place) => [{ value: place, label: place }, { value: `both:${place}`, label: `Here and ${place}` }])]} value={search.on ?? 'local'} allowDeselect={false} onChange={(value) => set({ on: value === 'local' || value === null ? undefined : value })} data-testid="hunt.place" />}
          <Select size="xs" w={210} aria-label="Time" data={times} value={search.t ?? anyTime.value} allowDeselect={false} onChange={(value) => set({ t: value ?? undefined })} data-testid="hunt.time" />
          <Button size="xs" variant="default" disabled={!shown?.answer} title={shown?.answer ? undefined : 'Run something first.'} onClick={() => shown && shareRun(shown)} data-testid="hunt.share">Share</Button>
          <Button size="xs" variant="default" disabled={here.text.trim() === ''} title={here.text.trim() === '' ? 'There is nothing to save yet.' : undefined} onClick={() => setSaving(true)} data-testid="hunt.save">Save</Button>
          <Button size="xs" variant="default" onClick={runAll} title="Ctrl+Enter" data-testid="hunt.runAll">Run all</Button>
          {shown?.isRunning ? (
            <Button size="xs" color="danger" onClick={() => cancel(here.id)} data-testid="hunt.cancel">Cancel</Button>
          ) : (
            <Button size="xs" onClick={runBlock} title="The block at the cursor: Shift+Enter" data-testid="hunt.run">Run</Button>
          )}
        </>
      }
    >
      <div className="hunt">
        <div className="stack hunt-main">
          <div className="hunt-write">
            <div className="hunt-tabs" role="group" aria-label="Open hunts" data-testid="hunt.tabs">
              {tabs.map((tab) => <TabHead key={tab.id} tab={tab} isHere={tab.id === here.id} isRunning={runs.get(tab.id)?.isRunning ?? false} canClose={tabs.length > 1 || tab.text !== ''} onGo={() => go(tab.id)} onName={(name) => change(tab.id, { name })} onClose={() => close(tab.id)} />)}
              {tabs.length < tabsMax && <button type="button" className="hunt-tab-add" aria-label="One more tab" onClick={add} data-testid="hunt.tabs.add">+</button>}
            </div>
            <Editor handle={editor} tab={here.id} open={tabs.map((tab) => tab.id)} text={here.text} schema={schema.data} onChange={(text) => change(here.id, { text })} onLine={setLine} onRun={runBlock} onRunAll={runAll} />
          </div>
          {schema.isError && <Failed error={schema.error} retry={() => void schema.refetch()} />}
          {shown ? <Outcome run={shown} linkedRows={linked?.tab === here.id ? linked.rows : undefined} onFilter={onFilter} onPivot={setPivot} /> : (
            <Empty title="Nothing was run in this tab yet.">
              <span>Write KQL above, or open a hunt at the side. <kbd>Shift Enter</kbd> runs the block at the cursor, <kbd>Ctrl Enter</kbd> all of them; <kbd>Esc</kbd> <kbd>Tab</kbd> leaves the editor.</span>
            </Empty>
          )}
        </div>
        <Panels schema={schema.data} onOpenRun={openRun} onOpenSaved={openSaved} onInsert={insert}
          onLink={(kept) => share({ q: kept.query, t: kept.from && kept.to ? `${kept.from}..${kept.to}` : anyTime.value, on: kept.on || undefined, now: kept.at ?? undefined })} />
      </div>
      {isSaving && <SaveDialog query={here.text} span={search.t === anyTime.value || search.t?.includes('..') ? '' : (search.t ?? '')} onEnd={() => setSaving(false)} onSaved={(title) => change(here.id, { name: title.slice(0, 40) })} />}
      {pivot !== undefined && <Pivot value={pivot} t={search.t} {...{ from: '1970-01-01T00:00:00Z', to: new Date().toISOString(), ...spanOf(search.t) }} onEnd={() => setPivot(undefined)} />}
    </Page>
  );
}

interface TabHeadProps {
  tab: Tab;
  isHere: boolean;
  isRunning: boolean;
  canClose: boolean;
  onGo: () => void;
  onName: (name: string) => void;
  onClose: () => void;
}

// A second click, or F2, gives it another name.
function TabHead({ tab, isHere, isRunning, canClose, onGo, onName, onClose }: TabHeadProps) {
  const [typed, setTyped] = useState<string>();
  const end = (isKept: boolean) => {
    if (isKept && typed?.trim()) onName(typed.trim());
    setTyped(undefined);
  };
  return (
    <span className={isHere ? 'hunt-tab here' : 'hunt-tab'}>
      {typed !== undefined ? (
        <input className="hunt-tab-name" aria-label="The name of this tab" autoFocus maxLength={40} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={() => end(true)}
          onKeyDown={(event) => (event.key === 'Enter' || event.key === 'Escape') && end(event.key === 'Enter')} />
      ) : (
        <button type="button" aria-pressed={isHere} onClick={onGo} onDoubleClick={() => setTyped(tab.name)} onKeyDown={(event) => event.key === 'F2' && setTyped(tab.name)} title="Twice, or F2: another name" data-testid="hunt.tab"><bdi>{shownParts(tab.name).map((part) => part.text).join('')}</bdi>{isRunning && ' \u2026'}</button>
      )}
      {canClose && <button type="button" aria-label={`Close ${tab.name}`} onClick={onClose}>{'\u00d7'}</button>}
    </span>
  );
}

interface OutcomeProps {
  run: Run;
  linkedRows: string | undefined;
  onFilter: (filter: Filter) => void;
  onPivot: (value: string) => void;
}

function Outcome({ run, linkedRows, onFilter, onPivot }: OutcomeProps) {
  const { answer, error } = run;
  return (
    <section className="card hunt-outcome" aria-label="Result" data-testid="hunt.outcome" data-ready={(!run.isRunning && answer !== undefined) || undefined} data-run={answer?.run}>
      {run.isRunning && (
        <div className="hunt-running" role="status" data-testid="hunt.progress">
          <span>Running{'\u2026'} {age(run.tookMs)}{run.percent !== null && `, ${Math.round(run.percent)} %`}{run.question.on && `, at ${run.question.on}`}</span>
          <Progress value={run.percent ?? 100} animated={run.percent === null} size="xs" aria-label="Progress" />
        </div>
      )}
      {!run.isRunning && run.isCancelled && <Empty title="The run was cancelled." />}
      {!run.isRunning && error && !run.isCancelled && <Wrong error={error} sent={run.sent} />}
      {linkedRows !== undefined && answer && !run.isRunning && (
        <Alert color={linkedRows === answer.fingerprint ? 'green' : 'yellow'} variant="outline" data-testid="hunt.linked">
          {linkedRows === answer.fingerprint ? 'These are the rows that the link was made of.' : 'The rows are others than when the link was made: some came later, or were deleted since.'}
        </Alert>
      )}
      {answer && <Results answer={answer} isOld={run.isRunning} onFilter={onFilter} onPivot={onPivot} />}
    </section>
  );
}

function Wrong({ error, sent }: { error: Error; sent: Sent }) {
  if (!(error instanceof WrongQuery)) return <Failed error={error} />;
  return (
    <div className="failed" role="alert" data-testid="hunt.wrong">
      {error.diagnostics.map((each, i) => (
        <div key={i}>
          <p className="empty-title"><Field value={each.message} most={400} /></p>
          <p className="soft">{each.length > 0 && `Line ${lineOf(sent, each.start)}, column ${each.column}. `}{each.hint && <Field value={each.hint} most={400} />} <span className="mono small">{each.code}</span></p>
        </div>
      ))}
    </div>
  );
}

type Part = 'rows' | 'chart' | 'stats' | 'inspector';

function Results({ answer, isOld, onFilter, onPivot }: { answer: HuntAnswer; isOld: boolean } & Pick<OutcomeProps, 'onFilter' | 'onPivot'>) {
  const [at, setAt] = useState(0);
  const table = answer.results[Math.min(at, answer.results.length - 1)];
  const asked = kindOf(table?.render);
  const [part, setPart] = useState<Part>('rows');
  const [kind, setKind] = useState<ChartKind>();
  useEffect(() => {
    setAt(0);
    setKind(undefined);
    setPart(kindOf(answer.results[0]?.render) ? 'chart' : 'rows');
  }, [answer]);
  if (!table) return null;
  return (
    <div className={isOld ? 'stack old' : 'stack'}>
      <div className="bar">
        <SegmentedControl size="xs" value={part} onChange={(value) => setPart(value as Part)} aria-label="What of the result" data={[{ value: 'rows', label: `Rows ${table.rows.length.toLocaleString()}` }, { value: 'chart', label: 'Chart' }, { value: 'stats', label: 'Stats' }, { value: 'inspector', label: 'Inspector' }]} data-testid="hunt.parts" />
        {answer.results.length > 1 && <SegmentedControl size="xs" value={String(at)} onChange={(value) => setAt(Number(value))} aria-label="Which table" data={answer.results.map((each, i) => ({ value: String(i), label: `${answer.names[i] ?? `Table ${i + 1}`} (${each.rows.length.toLocaleString()})` }))} data-testid="hunt.tables" />}
        {part === 'chart' && <Select size="xs" w={130} aria-label="Kind of chart" data={[{ value: 'line', label: 'Lines' }, { value: 'area', label: 'Areas' }, { value: 'scatter', label: 'Points' }, { value: 'bar', label: 'Bars' }, { value: 'column', label: 'Columns' }, { value: 'pie', label: 'Shares' }]} value={kind ?? asked ?? usualKind(table)} allowDeselect={false} onChange={(value) => setKind((value ?? undefined) as ChartKind | undefined)} />}
      </div>
      {table.truncated && <Alert color="yellow" variant="outline">The first {table.rows.length.toLocaleString()} rows of more: summarize, or take fewer columns.</Alert>}
      {table.partial?.map((note) => <Alert key={note} color="yellow" variant="outline">{note}</Alert>)}
      {part === 'rows' && (table.rows.length === 0 ? <Empty title={answer.names[at] === 'Differences' ? 'No row differs.' : 'No rows.'} /> : <Grid table={table} onFilter={onFilter} onPivot={onPivot} />)}
      {part === 'chart' && <ChartView answer={table} kind={kind ?? asked ?? usualKind(table)} />}
      {part === 'stats' && <Stats table={table} />}
      {part === 'inspector' && <Inspector answer={answer} />}
    </div>
  );
}

function Stats({ table }: { table: HuntAnswer['results'][number] }) {
  const found = useMemo(() => table.columns.map((column, i) => ({ column, facts: statisticsOf(table.rows, i, column.type) })), [table]);
  return (
    <div className="sheet scroll" tabIndex={0} role="region" aria-label="Columns of the result" data-testid="hunt.stats">
      <table className="rows compact">
        <thead><tr><th>Column</th><th>Type</th><th className="number">Filled</th><th className="number">Different</th><th>Least</th><th>Most</th><th>Most frequent</th></tr></thead>
        <tbody>
          {found.map(({ column, facts }) => (
            <tr key={column.name}>
              <td><Field value={column.name} mono /></td>
              <td className="soft">{column.type}</td>
              <td className="number">{facts.total > 0 ? Math.round((facts.filled / facts.total) * 100) : 0} %</td>
              <td className="number">{facts.isMoreDistinct && '\u2265 '}{facts.distinct.toLocaleString()}</td>
              <td className={isNumber(column.type) ? 'number' : undefined}><Field value={facts.least} most={30} mono /></td>
              <td className={isNumber(column.type) ? 'number' : undefined}><Field value={facts.most} most={30} mono /></td>
              <td>{facts.top[0] && facts.top[0].count > 1 ? <><Field value={facts.top[0].value} most={40} mono /> <span className="soft">{facts.top[0].count.toLocaleString()}</span></> : <span className="missing">{'\u2013'}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nameOf = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 80);

function SaveDialog({ query, span, onEnd, onSaved }: { query: string; span: string; onEnd: () => void; onSaved: (title: string) => void }) {
  const client = useQueryClient();
  const known = useQuery(savedHunts).data?.rows ?? [];
  const [title, setTitle] = useState('');
  const [description, setDescription] = useState('');
  const [isPinned, setPinned] = useState(false);
  const name = nameOf(title);
  const old = known.find((hunt) => hunt.kind === 'own' && hunt.name === name);
  const save = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/hunts/saved/{id}', { params: { path: { id: name } }, body: { title: title.trim(), description: description.trim(), query, span, pinned: isPinned } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: savedHunts.queryKey });
      told(isPinned ? 'Saved, and on the overview' : 'Saved');
      onSaved(title.trim());
      onEnd();
    },
    onError: failed,
  });
  return (
    <Modal opened onClose={onEnd} title="Save this hunt">
      <form className="form" onSubmit={(event) => {
        event.preventDefault();
        if (name !== '') save.mutate();
      }}>
        <TextInput label="Title" data-autofocus maxLength={80} value={title} onChange={(event) => setTitle(event.currentTarget.value)} error={title !== '' && name === '' ? 'A title needs a letter or a digit.' : undefined} description={name && `its name: ${name}${old ? `; in the place of ${old.author}'s` : ''}`} data-testid="hunt.save.title" />
        <Textarea label="What it looks for" autosize={false} rows={3} maxLength={1000} value={description} onChange={(event) => setDescription(event.currentTarget.value)} data-testid="hunt.save.description" />
        <Checkbox label="Pin to the overview, as a chart" checked={isPinned} onChange={(event) => setPinned(event.currentTarget.checked)} data-testid="hunt.save.pin" />
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button type="submit" loading={save.isPending} data-testid="hunt.save.do">Save</Button>
        </div>
      </form>
    </Modal>
  );
}

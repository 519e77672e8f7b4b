// "Am I blind anywhere?"
import { Alert, Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, must } from '../api/client';
import { logs, objects, ready, session } from '../api/queries';
import { age } from '../api/time';
import { Field, plainText } from '../parts/Field';
import { StatusMark, useNow, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { Result } from './connections/Result';

const number = (value: unknown) => (value === null || value === undefined || value === '' ? '\u2013' : Number(value).toLocaleString());
const percent = (value: unknown) => (value === null || value === undefined ? '\u2013' : `${Math.floor(Number(value) * 1000) / 10} %`);

// A cloud's feed is asked through its tenant, a file is looked at; the others tell by themselves.
function wishOf(source: string): { part: 'tenant' | 'file'; name: string } | undefined {
  const [kind, name] = source.split(':');
  if (kind === 'file') return { part: 'file', name: source.slice('file:'.length) };
  if (name && ['graph', 'management-activity', 'sentinel', 'log-analytics'].includes(kind ?? '')) return { part: 'tenant', name };
  return undefined;
}

function SourceTest({ source, onEnd }: { source: string; onEnd: () => void }) {
  const wish = wishOf(source);
  const test = useQuery({ queryKey: ['source-test', source], queryFn: () => must(api.POST('/api/v1/connections/test', { body: { ...wish, part: wish?.part ?? 'file' } })), retry: false, staleTime: 0, gcTime: 0 });
  return (
    <Modal opened onClose={onEnd} size="xl" title={<>Test of <Field value={source} mono most={60} /></>}>
      {test.isPending && <p aria-busy="true">Asking what it is made of; this takes a few seconds.</p>}
      {test.isError && <Alert color="red" variant="outline" role="alert">{test.error.message}</Alert>}
      {test.data && <Result tested={test.data} testid="sources.tested" />}
    </Modal>
  );
}

export default function Sources() {
  const me = useQuery(session).data;
  const [tested, setTested] = useState<string>();
  const now = useNow();
  const from = useMemo(() => new Date(Math.floor(now / 600_000) * 600_000 - 24 * 3_600_000).toISOString(), [now]);
  const state = useQuery(ready);
  const health = useQuery({
    ...logs({
      from,
      query:
        'VedetteSourceHealth\n| summarize arg_max(TimeGenerated, State, Message, Format, ParseRate, LatenessSeconds, SilenceSeconds, Completeness), Day = sum(Records), Unread = sum(Unreadable) by Source\n| order by Source asc',
    }),
    refetchInterval: 30_000,
  });
  const quarantine = useQuery(logs({ from, query: 'VedetteQuarantine | summarize Rows = count(), Newest = max(TimeGenerated) by Source, Reason | order by Rows desc | take 20' }));
  const rows = health.data ? objects(health.data) : [];
  const bad = quarantine.data ? objects(quarantine.data) : [];
  return (
    <Page title="Sources" note={health.data && `${rows.length} in the last 24 hours`} testid="sources.page">
      {state.data && state.data.reasons.length > 0 && (
        <Card title="Vedette itself needs attention">
          <ul className="reasons">{state.data.reasons.map((reason) => <li key={reason} className="bad-line">{reason}</li>)}</ul>
        </Card>
      )}
      {health.isPending && <Loading rows={6} />}
      {health.isError && <Failed error={health.error} retry={() => void health.refetch()} />}
      {health.isSuccess && rows.length === 0 && (
        <Empty title="No source has reported yet.">
          <span>Each source reports once a minute from its first record on, for the first time ten seconds after the start. Without any, see which files are named in the settings (<code>vedette config show</code>), or <Link to="/welcome">connect something</Link>.</span>
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="sheet scroll" data-ready tabIndex={0} role="region" aria-label="Sources">
          <table className="rows">
            <thead><tr><th>Source</th><th>State</th><th className="number">Records, 24 h</th><th className="number">Understood</th><th className="number">Late by</th><th className="number">Silent for</th><th className="number">Complete</th><th>Reported</th><th>What to know</th><th><span className="only-read">Test</span></th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={plainText(row.Source)}>
                  <td className="wide"><Field value={row.Source} most={60} mono /></td>
                  <td><StatusMark status={plainText(row.State)} /></td>
                  <td className="number">{number(row.Day)}</td>
                  <td className="number">{percent(row.ParseRate)}</td>
                  <td className="number">{row.LatenessSeconds === null ? '\u2013' : age(Number(row.LatenessSeconds) * 1000)}</td>
                  <td className="number">{row.SilenceSeconds === null ? '\u2013' : age(Number(row.SilenceSeconds) * 1000)}</td>
                  <td className="number">{percent(row.Completeness)}</td>
                  <td><When time={plainText(row.TimeGenerated)} /></td>
                  <td><Field value={row.Message} most={120} /></td>
                  <td>{wishOf(plainText(row.Source)) && <Button size="compact-xs" variant="default" disabled={me?.role !== 'admin'} title={me?.role === 'admin' ? undefined : 'This needs the role admin.'} onClick={() => setTested(plainText(row.Source))} aria-label={`Test ${plainText(row.Source)}`} data-testid="sources.test">Test</Button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tested && <SourceTest source={tested} onEnd={() => setTested(undefined)} />}
      <Card title="What could not be read">
        {quarantine.isError && <Failed error={quarantine.error} retry={() => void quarantine.refetch()} />}
        {quarantine.isSuccess && bad.length === 0 && <Empty title="Every record of the last 24 hours was understood." />}
        {bad.length > 0 && (
          <table className="rows compact">
            <thead><tr><th>Source</th><th>Reason</th><th className="number">Records</th><th>Newest</th></tr></thead>
            <tbody>
              {bad.map((row, i) => (
                <tr key={i}>
                  <td><Field value={row.Source} most={50} mono /></td>
                  <td className="wide"><Field value={row.Reason} most={120} /></td>
                  <td className="number"><Link to="/logs" search={{ table: 'VedetteQuarantine' }}>{number(row.Rows)}</Link></td>
                  <td><When time={plainText(row.Newest)} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
    </Page>
  );
}

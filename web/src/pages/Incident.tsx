// "What happened, to whom, what should I do?"
import { Alert, Button, Modal, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { api, must, type WholeIncident } from '../api/client';
import { incident, people, session } from '../api/queries';
import { literal } from '../api/kql';
import { age } from '../api/time';
import { classes, ClassificationChoice, type Classification } from '../parts/Classification';
import { Field } from '../parts/Field';
import { counted, SeverityMark, StatusMark, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { failed, told } from '../parts/undo';
import { Accounts, useActionEntries } from './incident/Accounts';
import { Clock, ClockMark } from './incident/Clock';
import { Journey, journeyOf } from './incident/Journey';
import { Tasks } from './incident/Tasks';

export const entityNames: Record<string, string> = { ip: 'Address', account: 'Account', host: 'Host', network: 'Network', file: 'File' };

function useWork(id: number) {
  const client = useQueryClient();
  const call = async (work: Promise<WholeIncident>) => {
    client.setQueryData(['state', 'incident', id], await work);
    await client.invalidateQueries({ queryKey: ['state', 'incidents'] });
  };
  const params = { path: { id } };
  return {
    acknowledge: () => call(must(api.POST('/api/v1/incidents/{id}/acknowledge', { params }))),
    assign: (owner: string) => call(must(api.POST('/api/v1/incidents/{id}/assign', { params, body: { owner } }))),
    comment: (text: string) => call(must(api.POST('/api/v1/incidents/{id}/comment', { params, body: { text } }))),
    addTask: (text: string) => call(must(api.POST('/api/v1/incidents/{id}/task', { params, body: { text } }))),
    finishTask: (number: number) => call(must(api.POST('/api/v1/incidents/{id}/task-done', { params, body: { number } }))),
    severity: (severity: WholeIncident['severity']) => call(must(api.POST('/api/v1/incidents/{id}/severity', { params, body: { severity } }))),
    close: (classification: Classification, comment: string) => call(must(api.POST('/api/v1/incidents/{id}/close', { params, body: { classification, comment } }))),
    reopen: () => call(must(api.POST('/api/v1/incidents/{id}/reopen', { params }))),
  };
}
type Work = ReturnType<typeof useWork>;

function CloseDialog({ row, work, onEnd }: { row: WholeIncident; work: Work; onEnd: () => void }) {
  const [classification, setClassification] = useState<Classification | null>(null);
  const [comment, setComment] = useState('');
  const [isTried, setTried] = useState(false);
  const close = useMutation({
    mutationFn: () => work.close(classification ?? 'Undetermined', comment),
    onSuccess: () => {
      onEnd();
      told(`Incident #${row.number} is closed`, () => void work.reopen().catch(failed));
    },
  });
  return (
    <Modal opened onClose={onEnd} title={`Close incident #${row.number}`}>
      <form
        className="form"
        data-testid="incident.close.form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (classification) close.mutate();
        }}
      >
        <ClassificationChoice value={classification} onChange={setClassification} error={isTried && !classification} />
        <Textarea label="In a sentence" description="For whoever meets the next one like it. May be empty." value={comment} onChange={(event) => setComment(event.currentTarget.value)} autosize minRows={2} maxLength={2000} data-testid="incident.close.comment" />
        {close.isError && <Alert color="red" variant="outline" role="alert">{close.error.message}</Alert>}
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button type="submit" loading={close.isPending} data-testid="incident.close.do">Close #{row.number}</Button>
        </div>
      </form>
    </Modal>
  );
}

function Facts({ row }: { row: WholeIncident }) {
  const first = row.first_event ? Date.parse(row.first_event) : 0;
  const last = row.last_event ? Date.parse(row.last_event) : 0;
  const facts: [string, ReactNode][] = [
    ['First event', <When key="1" time={row.first_event} />],
    ['Last event', <When key="2" time={row.last_event} />],
    ['Lasted', last > first ? age(last - first) : 'a moment'],
    ['Attempts', row.event_count.toLocaleString()],
    ['Rule', <Field key="3" value={row.rule} mono />],
    ['From', [row.city, row.country].filter(Boolean).length ? <Field key="4" value={[row.city, row.country].filter(Boolean).join(', ')} /> : 'not known'],
    ['Acknowledged', row.acknowledged ? <When key="5" time={row.acknowledged} /> : 'no'],
  ];
  if (row.classification) facts.push(['Closed as', <Field key="6" value={classes.find((each) => each.value === row.classification)?.label ?? row.classification} />]);
  if (row.closing_comment) facts.push(['Because', <Field key="7" value={row.closing_comment} most={200} />]);
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

function Timeline({ row, work, canWork }: { row: WholeIncident; work: Work; canWork: boolean }) {
  const [text, setText] = useState('');
  const [isLearned, setLearned] = useState(false);
  const comment = useMutation({ mutationFn: () => work.comment(text), onSuccess: () => setText(''), onError: failed });
  const actions = useActionEntries(row.number);
  const timeOf = (entry: WholeIncident['timeline'][number]) => Date.parse((isLearned ? entry.at : (entry.event ?? entry.at)) ?? '');
  const entries = [...row.timeline, ...actions].sort((a, b) => timeOf(a) - timeOf(b));
  return (
    <Card title="Timeline" testid="incident.timeline" side={
      <button type="button" className="quiet" onClick={() => setLearned(!isLearned)} aria-pressed={isLearned}>
        {isLearned ? 'As we learned it' : 'In event time'}
      </button>
    }>
      <ol className="timeline" data-ready>
        {entries.map((entry, i) => (
          <li key={i} className={`entry entry-${entry.kind.split('_')[0]}`}>
            <span className="entry-time"><When time={isLearned ? entry.at : (entry.event ?? entry.at)} /></span>
            <span className="entry-what">
              <strong>{entry.kind.replaceAll('_', ' ')}</strong> <Field value={entry.text} most={400} />
              {entry.actor !== 'vedette' && <span className="soft"> by <Field value={entry.actor} most={40} /></span>}
            </span>
          </li>
        ))}
      </ol>
      {canWork && (
        <form className="comment" onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) comment.mutate();
        }}>
          <Textarea aria-label="Comment" placeholder="What did you find out?" autosize minRows={1} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} data-testid="incident.comment.text" />
          <Button type="submit" variant="default" loading={comment.isPending} data-testid="incident.comment.do">Comment</Button>
        </form>
      )}
    </Card>
  );
}

// The rows behind it: what was logged about the first entity, around that time, whatever the source.
function logsLink(row: WholeIncident) {
  const from = new Date(Date.parse(row.first_event ?? row.created ?? '') - 600_000);
  const to = new Date(Date.parse(row.last_event ?? row.created ?? '') + 600_000);
  const isChange = row.rule.startsWith('new_');
  const table = isChange ? 'ASimUserManagementActivityLogs' : 'ASimAuthenticationEventLogs';
  return { table, t: `${from.toISOString()}..${to.toISOString()}`, q: row.entities[0]?.value };
}

function About({ row }: { row: WholeIncident }) {
  return (
    <Card title="Entities">
      <ul className="entities">
        {row.entities.slice(0, 50).map((entity, i) => (
          <li key={i}>
            <span className="soft">{entityNames[entity.type] ?? entity.type}</span>
            <span><Field value={entity.value} most={44} mono /></span>
            <Link to="/incidents" search={{ q: entity.value, view: undefined }} className="quiet-link" aria-label={`Other incidents about ${literal(entity.value)}`}>Others</Link>
          </li>
        ))}
      </ul>
      {row.techniques.length > 0 && <p className="card-foot soft">ATT&amp;CK {row.techniques.join(', ')}</p>}
    </Card>
  );
}

function Actions({ row, work, me }: { row: WholeIncident; work: Work; me: string }) {
  const client = useQueryClient();
  const others = useQuery(people);
  const [isClosing, setClosing] = useState(false);
  const acknowledge = useMutation({ mutationFn: work.acknowledge, onSuccess: () => told(`#${row.number} is acknowledged`), onError: failed });
  const assign = useMutation({
    mutationFn: ({ owner }: { owner: string; was: string }) => work.assign(owner),
    onSuccess: (_, { owner, was }) => told(owner ? `#${row.number} is ${owner === me ? 'yours' : `${owner}'s`}` : `#${row.number} is nobody's`, () => void work.assign(was).catch(failed)),
    onError: failed,
  });
  const reopen = useMutation({ mutationFn: work.reopen, onSuccess: () => told(`#${row.number} is open again`), onError: failed });
  const isClosed = row.status === 'Closed';
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.target as HTMLElement).closest('input, textarea, [role=dialog]') || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'a' && row.status === 'New') acknowledge.mutate();
      if (event.key === 'o' && !isClosed) assign.mutate({ owner: me, was: row.owner ?? '' });
      if (event.key === 'c' && !isClosed) setClosing(true);
      if (event.key === 'm') {
        event.preventDefault();
        document.querySelector<HTMLTextAreaElement>('[data-testid="incident.comment.text"]')?.focus();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  const names = [...new Set([...(others.data?.rows.map((each) => each.name) ?? []), ...(row.owner ? [row.owner] : [])])];
  return (
    <>
      {row.status === 'New' && <Button size="xs" h={32} onClick={() => acknowledge.mutate()} loading={acknowledge.isPending} data-testid="incident.acknowledge">Acknowledge</Button>}
      <Select size="xs" w={150} aria-label="Owner" placeholder="Nobody's" clearable data={names} value={row.owner} disabled={isClosed} onChange={(value) => assign.mutate({ owner: value ?? '', was: row.owner ?? '' })} data-testid="incident.owner" styles={{ input: { height: 32 } }} />
      {!isClosed && row.owner !== me && <Button size="xs" h={32} variant="default" onClick={() => assign.mutate({ owner: me, was: row.owner ?? '' })} data-testid="incident.own">Make mine</Button>}
      {isClosed ? (
        <Button size="xs" h={32} variant="default" onClick={() => reopen.mutate()} loading={reopen.isPending} data-testid="incident.reopen">Reopen</Button>
      ) : (
        <Button size="xs" h={32} variant="default" onClick={() => setClosing(true)} data-testid="incident.close">Close</Button>
      )}
      {isClosing && <CloseDialog row={row} work={work} onEnd={() => {
        setClosing(false);
        void client.invalidateQueries({ queryKey: ['state'] });
      }} />}
    </>
  );
}

export default function IncidentPage() {
  const { id } = useParams({ from: '/inside/incidents/$id' });
  const number = Number(id);
  const found = useQuery(incident(number));
  const me = useQuery(session).data;
  const work = useWork(number);
  if (found.isPending) return <Loading rows={8} />;
  if (found.isError)
    return (
      <Page title={`Incident #${id}`} testid="incident.page">
        <Failed error={found.error} retry={() => void found.refetch()} />
        <Link to="/incidents">All incidents</Link>
      </Page>
    );
  const row = found.data;
  const journey = journeyOf(row);
  const canWork = me !== undefined && me.role !== 'viewer';
  return (
    <Page
      testid="incident.page"
      title={<><span className="soft">#{row.number}</span> <Field value={row.title} most={110} /></>}
      note={<span className="marks"><SeverityMark severity={row.severity} /><StatusMark status={row.status} /><ClockMark id={number} /></span>}
      tools={canWork && me ? <Actions row={row} work={work} me={me.name} /> : <span className="soft">Working on incidents needs the role analyst.</span>}
    >
      {row.merged_into !== null && <p className="note">It goes on as <Link to="/incidents/$id" params={{ id: String(row.merged_into) }}>incident #{row.merged_into}</Link>.</p>}
      <div className="grid incident-columns">
        <div className="stack">
          <Card title="Why" testid="incident.why">
            {row.reasons.length === 0 ? <Empty title="No reason was kept." /> : (
              <ul className="reasons">{row.reasons.map((reason, i) => <li key={i}><Field value={reason} most={300} /></li>)}</ul>
            )}
            <Facts row={row} />
            <p className="card-foot"><Link to="/logs" search={logsLink(row)}>The rows behind it</Link></p>
          </Card>
          <Tasks row={row} work={work} canWork={canWork} />
          <Clock id={number} />
          <Card title={`Alerts (${row.alerts.length})`}>
            <ul className="alert-list">
              {row.alerts.slice(0, 100).map((alert) => (
                <li key={alert.id}>
                  <SeverityMark severity={alert.severity} short />
                  <span><Field value={alert.title} most={80} /><br /><span className="soft">{alert.rule.replaceAll('_', ' ')}, {counted(alert.event_count, 'attempt')}, {alert.status}</span></span>
                </li>
              ))}
            </ul>
          </Card>
        </div>
        <div className="stack">
          {journey && <Journey row={row} {...journey} />}
          <Timeline row={row} work={work} canWork={canWork} />
        </div>
        <div className="stack">
          {me && <Accounts id={number} me={me} />}
          <About row={row} />
        </div>
      </div>
    </Page>
  );
}

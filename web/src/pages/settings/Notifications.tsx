// "Who is told, how does it look, and does it arrive?"
import { Alert, Button, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, must } from '../../api/client';
import { session } from '../../api/queries';
import { Field } from '../../parts/Field';
import { counted } from '../../parts/marks';
import { Card, Empty, Failed, Loading } from '../../parts/states';

const kinds = ['mail', 'slack', 'discord', 'teams', 'webhook', 'jira', 'servicenow', 'github'];
const changeWords: Record<string, string> = {
  opened: 'a new incident',
  updated: 'more of an incident',
  closed: 'the end of an attack',
  withdrawn: 'a false alarm taken back',
  policy: 'what a policy tells',
};

function Test({ name, canTest }: { name: string; canTest: boolean }) {
  const test = useMutation({ mutationFn: () => must(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: name } } })) });
  return (
    <div className="stack" data-testid="channels.test">
      <div><Button size="xs" variant="default" disabled={!canTest} title={canTest ? undefined : 'Sending needs the role admin.'} loading={test.isPending} onClick={() => test.mutate()} data-testid={`channels.test.${name}`}>Send a test message</Button></div>
      {test.isError && <Alert color="red" variant="outline" role="alert">{test.error.message}</Alert>}
      {test.data && (test.data.delivered ? (
        <Alert color="green" variant="outline" title="Delivered" data-testid="channels.test.told">
          {test.data.answer && <>The service there answered <Field value={test.data.answer} most={200} mono />. </>}
          {test.data.ticket && <>It is ticket <Field value={test.data.ticket} />; close it there. </>}
          {test.data.notice && <>But <Field value={test.data.notice} most={200} />. </>}
          <span className="soft small">Its id: <Field value={test.data.id} mono /></span>
        </Alert>
      ) : (
        <Alert color="red" variant="outline" title="Not delivered" role="alert" data-testid="channels.test.told">
          <Field value={test.data.reason} most={300} />. What to do: <Field value={test.data.remedy} most={300} />.
        </Alert>
      ))}
    </div>
  );
}

function Preview({ channels }: { channels: string[] }) {
  const [channel, setChannel] = useState(channels[0] ?? 'mail');
  const [change, setChange] = useState('opened');
  const [incident, setIncident] = useState<number | string>('');
  const number = Number(incident) > 0 ? Number(incident) : undefined;
  const [part, setPart] = useState<string>();
  const query = { change, incident: number };
  const shown = useQuery({
    queryKey: ['preview', channel, query],
    queryFn: () => must(api.GET('/api/v1/channels/{id}/preview', { params: { path: { id: channel }, query } })),
    retry: false,
  });
  const parts = shown.data?.parts ?? [];
  const here = parts.find((each) => each.name === part) ?? parts.find((each) => each.name.endsWith('.html')) ?? parts[0];
  const address = `/api/v1/channels/${encodeURIComponent(channel)}/preview.html?change=${change}${number ? `&incident=${number}` : ''}`;
  return (
    <Card title="What a message looks like" testid="channels.preview">
      <div className="bar">
        <Select size="xs" w={200} label="To" data={[...(channels.length > 0 ? [{ group: 'Channels', items: channels }] : []), { group: 'Kinds', items: kinds.filter((kind) => !channels.includes(kind)) }]} value={channel} allowDeselect={false} onChange={(value) => value && setChannel(value)} data-testid="channels.preview.channel" />
        <Select size="xs" w={220} label="About" data={Object.entries(changeWords).map(([value, label]) => ({ value, label }))} value={change} allowDeselect={false} onChange={(value) => value && setChange(value)} data-testid="channels.preview.change" />
        <NumberInput size="xs" w={170} label="Incident" placeholder="made up" min={1} allowDecimal={false} value={incident} onChange={setIncident} />
      </div>
      {shown.isPending && <Loading rows={4} />}
      {shown.isError && <Failed error={shown.error} retry={() => void shown.refetch()} />}
      {here && (
        <>
          <nav className="tabs" aria-label="Parts">
            {parts.map((each) => <button key={each.name} type="button" className={each === here ? 'tab here' : 'tab'} aria-current={each === here ? 'true' : undefined} onClick={() => setPart(each.name)}>{each.name}</button>)}
          </nav>
          {here.name.endsWith('.html')
            ? <iframe className="preview-page" src={address} title={`Preview of ${here.name}`} sandbox="" data-testid="channels.preview.page" />
            : <pre className="preview-text" tabIndex={0} data-testid="channels.preview.text"><Field value={here.text} most={20_000} mono /></pre>}
        </>
      )}
      <p className="soft small">Nothing is sent by this. Texts are made from templates, which you can change: <code>[notify] templates</code> names a folder of your own.</p>
    </Card>
  );
}

export function Notifications() {
  const me = useQuery(session).data;
  const all = useQuery({ queryKey: ['channels'], queryFn: () => must(api.GET('/api/v1/channels')) });
  if (all.isPending) return <Loading />;
  if (all.isError) return <Failed error={all.error} retry={() => void all.refetch()} />;
  const rows = all.data.rows;
  return (
    <div className="stack" data-testid="settings.notifications">
      <Card title="Channels">
        {rows.length === 0 && (
          <Empty title="Nobody is told yet.">
            <span>Mail, a chat, tickets: <Link to="/settings/$part" params={{ part: 'connections' }}>connect one</Link>, or name a <code>[[channel]]</code> in the settings file.</span>
          </Empty>
        )}
        {rows.map((row) => (
          <section key={row.name} className="account">
            <h3><Field value={row.name} most={60} /> <span className="soft small">{row.kind}</span></h3>
            <dl className="facts">
              <div><dt>To</dt><dd><Field value={row.to} most={160} /></dd></div>
              <div><dt>Rules</dt><dd><Field value={row.rules} most={300} /></dd></div>
              <div><dt>Waiting</dt><dd>{counted(row.waiting, 'message')}</dd></div>
            </dl>
            <Test name={row.name} canTest={me?.role === 'admin'} />
          </section>
        ))}
      </Card>
      {me && me.role !== 'viewer' && <Preview channels={rows.map((row) => row.name)} />}
    </div>
  );
}

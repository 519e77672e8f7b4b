// One form for each thing that can be connected. A secret that is set is never shown: leaving its
// field empty keeps it.
import { Alert, Button, Checkbox, NumberInput, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { valueOf, useDesk, type Connection, type Values, type Wish } from './desk';
import { Result } from './Result';

interface FormProps {
  row?: Connection | undefined;
  onDone?: (() => void) | undefined;
}

// What is empty is left out: its default holds.
function filled(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0)));
}

function secretField(row: Connection | undefined, name: string): { placeholder?: string; description?: string } {
  return row?.secrets.includes(name) ? { placeholder: 'as it is', description: 'It is set. Type a new one to replace it.' } : {};
}

function Form({ wish, desk, testid, test, children, onDone, extra }: { wish: Wish; desk: ReturnType<typeof useDesk>; testid: string; test: string; children: ReactNode; onDone?: (() => void) | undefined; extra?: ReactNode }) {
  const { save, refusals } = desk;
  const trial = desk.test;
  const general = refusals[''] ?? (save.isError && Object.keys(refusals).length === 0 ? save.error.message : trial.isError && Object.keys(refusals).length === 0 ? trial.error.message : undefined);
  const cannot = desk.all.data?.can_change === false;
  return (
    <form className="form connection-form" data-testid={testid} onSubmit={(event) => {
      event.preventDefault();
      save.mutate(wish, onDone ? { onSuccess: onDone } : {});
    }}>
      {children}
      {general && <Alert color="red" variant="outline" role="alert" data-testid={`${testid}.problem`}>{general}</Alert>}
      {trial.data && <Result tested={trial.data} testid={`${testid}.tested`} />}
      {extra}
      {cannot && <p className="soft">While simulated data is shown nothing is connected.</p>}
      <div className="form-end">
        <Button type="button" variant="default" disabled={cannot} loading={trial.isPending} onClick={() => trial.mutate(wish)} data-testid={`${testid}.test`}>{test}</Button>
        <Button type="submit" disabled={cannot} loading={save.isPending} data-testid={`${testid}.save`}>Save</Button>
      </div>
    </form>
  );
}

const ports = { starttls: 587, tls: 465, none: 25 };

export function MailForm({ row, onDone }: FormProps) {
  const desk = useDesk();
  const [host, setHost] = useState(valueOf(row, 'host', ''));
  const [tls, setTls] = useState<keyof typeof ports>(valueOf(row, 'tls', 'starttls'));
  const [port, setPort] = useState<number | string>(valueOf<number | string>(row, 'port', ''));
  const [from, setFrom] = useState(valueOf(row, 'from', ''));
  const [user, setUser] = useState(valueOf(row, 'user', ''));
  const [password, setPassword] = useState('');
  const [to, setTo] = useState('');
  const settings: Values = filled({ host, tls, port, from, user });
  // Without a user there is no log-in, and no password either.
  if (password !== '' || (user === '' && row?.secrets.includes('password'))) settings.password = password;
  const error = (name: string) => desk.refusals[name];
  return (
    <Form desk={desk} wish={{ part: 'smtp', settings, to }} testid="connect.mail" test="Send a test mail" onDone={onDone}>
      <div className="settings-grid">
        <TextInput label="Mail server" placeholder="smtp.example.org" value={host} error={error('host')} onChange={(event) => setHost(event.currentTarget.value)} data-testid="connect.mail.host" />
        <Select label="Encryption" allowDeselect={false} value={tls} error={error('tls')} onChange={(value) => value && setTls(value as keyof typeof ports)} data-testid="connect.mail.tls"
          data={[{ value: 'starttls', label: 'STARTTLS' }, { value: 'tls', label: 'TLS from the start' }, { value: 'none', label: 'None: only a server on this machine' }]} />
        <NumberInput label="Port" placeholder={String(ports[tls])} min={1} max={65_535} allowDecimal={false} hideControls value={port} error={error('port')} onChange={setPort} data-testid="connect.mail.port" />
        <TextInput label="Sender" placeholder="vedette@example.org" value={from} error={error('from')} onChange={(event) => setFrom(event.currentTarget.value)} data-testid="connect.mail.from" />
        <TextInput label="User name" description="Empty: no log-in" autoComplete="off" value={user} error={error('user')} onChange={(event) => setUser(event.currentTarget.value)} data-testid="connect.mail.user" />
        <PasswordInput label="Password" autoComplete="new-password" {...secretField(row, 'password')} value={password} error={error('password')} onChange={(event) => setPassword(event.currentTarget.value)} data-testid="connect.mail.password" />
        <TextInput label="Test mail to" type="email" placeholder="you@example.org" value={to} error={error('to')} onChange={(event) => setTo(event.currentTarget.value)} data-testid="connect.mail.to" />
      </div>
    </Form>
  );
}

const severities = [{ value: 'informational', label: 'Everything' }, { value: 'low', label: 'Low and above' }, { value: 'medium', label: 'Medium and above' }, { value: 'high', label: 'Only high' }];
export const channelKinds = [
  { value: 'mail', label: 'Mail' }, { value: 'slack', label: 'Slack' }, { value: 'discord', label: 'Discord' }, { value: 'teams', label: 'Teams' }, { value: 'webhook', label: 'Webhook' },
  { value: 'jira', label: 'Jira' }, { value: 'servicenow', label: 'ServiceNow' }, { value: 'github', label: 'GitHub issues' },
];
const ticketKinds = ['jira', 'servicenow', 'github'];

export function ChannelForm({ row, onDone, first = 'mail' }: FormProps & { first?: string }) {
  const desk = useDesk();
  const [name, setName] = useState(row?.name ?? first);
  const [kind, setKind] = useState(valueOf(row, 'kind', first));
  const [to, setTo] = useState<string[]>(valueOf(row, 'to', []));
  const [url, setUrl] = useState('');
  const [user, setUser] = useState(valueOf(row, 'user', ''));
  const [token, setToken] = useState('');
  const [project, setProject] = useState(valueOf(row, 'project', ''));
  const [severity, setSeverity] = useState(valueOf(row, 'severity', 'low'));
  const [coolDown, setCoolDown] = useState(valueOf(row, 'cool_down', ''));
  const [quiet, setQuiet] = useState(valueOf(row, 'quiet', ''));
  const isMail = kind === 'mail';
  const isTicket = ticketKinds.includes(kind);
  const settings = filled({ kind, severity, cool_down: coolDown, quiet, ...(isMail ? { to } : { url }), ...(isTicket ? { user, token, project } : {}) });
  const error = (setting: string) => desk.refusals[setting];
  return (
    <Form desk={desk} wish={{ part: 'channel', name, settings }} testid="connect.channel" test="Send a test message" onDone={onDone}>
      <div className="settings-grid">
        <TextInput label="Name" description="Stands in logs and the outbox; it stays" value={name} disabled={row !== undefined} error={error('name')} onChange={(event) => setName(event.currentTarget.value)} data-testid="connect.channel.name" />
        <Select label="Kind" allowDeselect={false} data={channelKinds} value={kind} disabled={row !== undefined} onChange={(value) => value && setKind(value)} data-testid="connect.channel.kind" />
        {isMail
          ? <TagsInput label="To" description="Mail addresses" value={to} acceptValueOnBlur error={error('to')} onChange={setTo} data-testid="connect.channel.to" />
          : <PasswordInput label={isTicket ? 'Address' : 'Webhook address'} autoComplete="off" {...secretField(row, 'url')} value={url} error={error('url')} onChange={(event) => setUrl(event.currentTarget.value)} data-testid="connect.channel.url" />}
        {isTicket && <TextInput label="User" value={user} error={error('user')} onChange={(event) => setUser(event.currentTarget.value)} />}
        {isTicket && <PasswordInput label="Token" autoComplete="off" {...secretField(row, 'token')} value={token} error={error('token')} onChange={(event) => setToken(event.currentTarget.value)} />}
        {kind === 'jira' && <TextInput label="Project" value={project} error={error('project')} onChange={(event) => setProject(event.currentTarget.value)} />}
        <Select label="Told of" allowDeselect={false} data={severities} value={severity} onChange={(value) => value && setSeverity(value)} data-testid="connect.channel.severity" />
        <TextInput label="The same at most every" placeholder="60m" description="A span of time: 30m, 2h; 0s: each time" value={coolDown} error={error('cool_down')} onChange={(event) => setCoolDown(event.currentTarget.value)} data-testid="connect.channel.cool_down" />
        <TextInput label="Quiet hours" placeholder="22:00-07:00" description="All but high waits until they are over" value={quiet} error={error('quiet')} onChange={(event) => setQuiet(event.currentTarget.value)} data-testid="connect.channel.quiet" />
      </div>
    </Form>
  );
}

// What each kind needs of the application, by the name under which an administrator finds it.
const collected = [
  { part: 'sign-ins', label: 'Sign-ins', permissions: ['AuditLog.Read.All', 'Directory.Read.All'], needs: 'Entra ID P1 or P2' },
  { part: 'audits', label: 'Changes in the directory', permissions: ['AuditLog.Read.All', 'Directory.Read.All'], needs: '' },
  { part: 'risk', label: 'Risk detections', permissions: ['IdentityRiskEvent.Read.All', 'IdentityRiskyUser.Read.All'], needs: 'Entra ID P2' },
  { part: 'identities', label: 'People, groups and roles', permissions: ['User.Read.All', 'Group.Read.All', 'RoleManagement.Read.Directory', 'RoleEligibilitySchedule.Read.Directory', 'Policy.Read.All', 'MailboxSettings.Read'], needs: 'P2 for eligible roles' },
  { part: 'activity', label: 'Microsoft 365 activity', permissions: ['ActivityFeed.Read'], needs: 'auditing switched on in Purview; the permission is one of the Office 365 Management APIs' },
  { part: 'sentinel', label: 'Sentinel incidents', permissions: [], needs: 'the role Microsoft Sentinel Reader on the resource group' },
];

function Permissions({ collect }: { collect: string[] }) {
  const chosen = collected.filter((each) => collect.includes(each.part));
  const all = [...new Set(chosen.flatMap((each) => each.permissions))];
  return (
    <div className="permissions" data-testid="connect.tenant.permissions">
      <p>In the Entra admin center, <em>App registrations</em>: make one, copy its two ids into this form, make a client secret, and give it these <strong>application</strong> permissions, then <em>Grant admin consent</em>:</p>
      <ul className="plain mono">{all.map((each) => <li key={each}>{each}</li>)}</ul>
      {chosen.filter((each) => each.needs).map((each) => <p key={each.part} className="soft small">{each.label}: {each.needs}.</p>)}
      <p className="soft small">Nothing more is needed, and nothing is changed in the tenant by collecting.</p>
    </div>
  );
}

export function TenantForm({ row, onDone }: FormProps) {
  const desk = useDesk();
  const [name, setName] = useState(row?.name ?? '');
  const [id, setId] = useState(valueOf(row, 'id', ''));
  const [client, setClient] = useState(valueOf(row, 'client_id', ''));
  const [secret, setSecret] = useState('');
  const [collect, setCollect] = useState<string[]>(valueOf(row, 'collect', ['sign-ins', 'audits', 'risk', 'identities']));
  const [days, setDays] = useState<number | string>(valueOf<number | string>(row, 'back_fill_days', 30));
  const [place, setPlace] = useState({ subscription: valueOf(row, 'subscription', ''), resource_group: valueOf(row, 'resource_group', ''), workspace: valueOf(row, 'workspace', '') });
  const isSentinel = collect.includes('sentinel');
  const settings = filled({ id, client_id: client, client_secret: secret, collect, back_fill_days: days, ...(isSentinel ? place : {}) });
  const error = (setting: string) => desk.refusals[setting];
  return (
    <Form desk={desk} wish={{ part: 'tenant', name, settings }} testid="connect.tenant" test="Check the permissions" onDone={onDone}>
      <Checkbox.Group label="What to collect" value={collect} onChange={setCollect}>
        <div className="bar wrap">{collected.map((each) => <Checkbox key={each.part} value={each.part} label={each.label} />)}</div>
      </Checkbox.Group>
      <Permissions collect={collect} />
      <div className="settings-grid">
        <TextInput label="Name" description="A short word; it stays in all that is kept" placeholder="contoso" value={name} disabled={row !== undefined} error={error('name')} onChange={(event) => setName(event.currentTarget.value)} data-testid="connect.tenant.name" />
        <TextInput label="Directory (tenant) ID" value={id} error={error('id')} onChange={(event) => setId(event.currentTarget.value)} data-testid="connect.tenant.id" />
        <TextInput label="Application (client) ID" value={client} error={error('client_id')} onChange={(event) => setClient(event.currentTarget.value)} data-testid="connect.tenant.client" />
        <PasswordInput label="Client secret" autoComplete="off" {...secretField(row, 'client_secret')} value={secret} error={error('client_secret')} onChange={(event) => setSecret(event.currentTarget.value)} data-testid="connect.tenant.secret" />
        <NumberInput label="Days to fetch first" min={0} max={365} allowDecimal={false} value={days} error={error('back_fill_days')} onChange={setDays} />
        {isSentinel && (['subscription', 'resource_group', 'workspace'] as const).map((each) => (
          <TextInput key={each} label={`Sentinel's ${each.replace('_', ' ')}`} value={place[each]} error={error(each)} onChange={(event) => setPlace({ ...place, [each]: event.currentTarget.value })} />
        ))}
      </div>
      <p className="soft small">Certificates, workload identities and other clouds are set in the settings file.</p>
    </Form>
  );
}

export function FileForm({ onDone }: FormProps) {
  const desk = useDesk();
  const [path, setPath] = useState('/var/log/auth.log');
  const [isAll, setAll] = useState(false);
  return (
    <Form desk={desk} wish={{ part: 'file', name: path, settings: { read: isAll ? 'all' : 'new' } }} testid="connect.file" test="Look at it" onDone={onDone}>
      <div className="settings-grid">
        <TextInput label="File, or a pattern" description="Under /var/log; * stands for any letters" value={path} error={desk.refusals.path} onChange={(event) => setPath(event.currentTarget.value)} data-testid="connect.file.path" />
        <Checkbox label="Also read what it holds already" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} mt="lg" />
      </div>
    </Form>
  );
}

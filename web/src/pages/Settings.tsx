// "Who may do what, and what was done?"
import { Alert, Button, Checkbox, Code, CopyButton, Menu, Modal, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, must, type Role, type Schemas } from '../api/client';
import { session } from '../api/queries';
import { MySecondFactor } from './SecondFactor';
import { Field } from '../parts/Field';
import { StatusMark, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { failed, told } from '../parts/undo';
import { Backup } from './settings/Backup';
import { Connections } from './settings/Connections';
import { Notifications } from './settings/Notifications';
import { Retention } from './settings/Retention';

const roles: { value: Role; label: string }[] = [
  { value: 'viewer', label: 'Viewer: reads' },
  { value: 'analyst', label: 'Analyst: also works on incidents, exports' },
  { value: 'responder', label: 'Responder: also acts on accounts' },
  { value: 'admin', label: 'Admin: also users, tokens, settings' },
];
const scopes: { value: Schemas['Scope']; label: string }[] = [
  { value: 'incidents', label: 'Incidents and alerts' },
  { value: 'logs', label: 'Logs' },
  { value: 'detections', label: 'Detections' },
  { value: 'responses', label: 'Policies and responses' },
  { value: 'settings', label: 'Connections, retention, backups' },
  { value: 'people', label: 'Users, tokens, the audit log' },
];
const parts = [
  { value: 'connections', label: 'Connections', admin: true },
  { value: 'notifications', label: 'Notifications', admin: false },
  { value: 'retention', label: 'Retention', admin: false },
  { value: 'users', label: 'Users', admin: true },
  { value: 'tokens', label: 'API tokens', admin: true },
  { value: 'audit', label: 'Audit log', admin: true },
  { value: 'backup', label: 'Backup', admin: true },
  { value: 'me', label: 'My log-in', admin: false },
];

function RoleSelect({ value, onChange, label, most = 'admin' }: { value: Role; onChange: (role: Role) => void; label: string; most?: Role }) {
  const last = roles.findIndex((role) => role.value === most);
  return <Select label={label} data={roles.slice(0, last + 1)} value={value} allowDeselect={false} onChange={(role) => role && onChange(role as Role)} />;
}

function AddUser({ onEnd }: { onEnd: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('analyst');
  const [password, setPassword] = useState('');
  const add = useMutation({
    mutationFn: () => must(api.POST('/api/v1/users', { body: { name, role, password } })),
    onSuccess: async () => {
      onEnd();
      told(`${name} can log in`);
      await client.invalidateQueries({ queryKey: ['users'] });
    },
  });
  return (
    <Modal opened onClose={onEnd} title="Add a user">
      <form className="form" data-testid="users.add.form" onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}>
        <TextInput label="User name" required withAsterisk={false} autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="users.add.name" />
        <RoleSelect label="Role" value={role} onChange={setRole} />
        <PasswordInput label="First password" description="At least 12 characters; to be changed after the first log-in." required withAsterisk={false} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-testid="users.add.password" />
        {add.isError && <Alert color="red" variant="outline" role="alert">{add.error.message}</Alert>}
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button type="submit" loading={add.isPending} data-testid="users.add.do">Add {name || 'the user'}</Button>
        </div>
      </form>
    </Modal>
  );
}

// What ends something of a user's; removing is for good, so the name is typed.
function UserMenu({ user }: { user: Schemas['User'] }) {
  const client = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const [typed, setTyped] = useState('');
  const params = { params: { path: { id: user.id } } };
  const done = (said: string) => ({
    onSuccess: () => {
      setRemoving(false);
      told(said);
    },
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  const end = useMutation({ mutationFn: () => must(api.DELETE('/api/v1/users/{id}/sessions', params)), ...done('All sessions of this user are over') });
  const reset = useMutation({ mutationFn: () => must(api.DELETE('/api/v1/users/{id}/second-factor', params)), ...done(`${user.name} logs in with the password alone, until a new second factor is set up`) });
  const remove = useMutation({ mutationFn: () => must(api.DELETE('/api/v1/users/{id}', params)), ...done(`${user.name} is removed`) });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button size="compact-xs" variant="default" aria-label={`More about ${user.name}`} data-testid={`users.more.${user.name}`}>More</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => end.mutate()}>End all sessions</Menu.Item>
          {user.second_factor && <Menu.Item onClick={() => reset.mutate()} data-testid="users.factor.reset">Reset the second factor</Menu.Item>}
          <Menu.Item color="red" onClick={() => setRemoving(true)} data-testid="users.remove">Remove</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={isRemoving} onClose={() => setRemoving(false)} title={`Remove ${user.name}`}>
        <form className="form" onSubmit={(event) => {
          event.preventDefault();
          if (typed === user.name) remove.mutate();
        }}>
          <p>Sessions and API tokens of this user end at once. It cannot be undone; disabling can. What was done stays in the audit log.</p>
          <TextInput label="Type the user's name" autoComplete="off" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-testid="users.remove.name" />
          <div className="form-end">
            <Button variant="default" onClick={() => setRemoving(false)}>Cancel</Button>
            <Button type="submit" color="red" disabled={typed !== user.name} loading={remove.isPending} data-testid="users.remove.do">Remove {user.name}</Button>
          </div>
        </form>
      </Modal>
    </>
  );
}

function Users({ me }: { me: string }) {
  const client = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const users = useQuery({ queryKey: ['users'], queryFn: () => must(api.GET('/api/v1/users')) });
  const change = useMutation({
    mutationFn: ({ id, body }: { id: number; body: { role?: Role; disabled?: boolean }; said: string; back: { role?: Role; disabled?: boolean } }) =>
      must(api.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body })),
    onSuccess: (_, { id, said, back }) =>
      told(said, () => void must(api.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body: back })).then(() => client.invalidateQueries({ queryKey: ['users'] }), failed)),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <Card title="Users" testid="settings.users" side={<Button size="xs" onClick={() => setAdding(true)} data-testid="users.add">Add a user</Button>}>
      {users.isPending && <Loading />}
      {users.isError && <Failed error={users.error} retry={() => void users.refetch()} />}
      {users.data && (
        <table className="rows">
          <thead><tr><th>Name</th><th>Role</th><th>May log in</th><th>Second factor</th><th>Last log-in</th><th>Made</th><th><span className="only-read">Actions</span></th></tr></thead>
          <tbody>
            {users.data.rows.map((user) => (
              <tr key={user.id} data-id={user.id}>
                <td className="wide"><Field value={user.name} />{user.name === me && <span className="soft"> (me)</span>}</td>
                <td><Select size="xs" w={320} aria-label={`Role of ${user.name}`} data={roles} value={user.role} allowDeselect={false} onChange={(role) => role && role !== user.role && change.mutate({ id: user.id, body: { role: role as Role }, said: `${user.name} is ${role}`, back: { role: user.role } })} /></td>
                <td><Switch size="sm" aria-label={`${user.name} may log in`} checked={!user.disabled} onChange={() => change.mutate({ id: user.id, body: { disabled: !user.disabled }, said: `${user.name} ${user.disabled ? 'may log in again' : 'may not log in any more'}`, back: { disabled: user.disabled } })} /></td>
                <td><StatusMark status={user.second_factor ? 'on' : 'off'} /></td>
                <td><When time={user.last_log_in} /></td>
                <td><When time={user.created} /></td>
                <td className="number"><UserMenu user={user} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {isAdding && <AddUser onEnd={() => setAdding(false)} />}
    </Card>
  );
}

function AddToken({ onEnd, most }: { onEnd: () => void; most: Role }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<number | string>(90);
  const [chosen, setScopes] = useState<string[]>([]);
  const add = useMutation({
    mutationFn: () => must(api.POST('/api/v1/tokens', { body: { name, role, days: Number(days), scopes: chosen as Schemas['Scope'][] } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <Modal opened onClose={onEnd} title="Make an API token" size="lg">
      {add.data ? (
        <div className="form" data-testid="tokens.made">
          <p className="lead">This is the token. It is shown this once: copy it now.</p>
          <Code block data-testid="tokens.text">{add.data.token}</Code>
          <p className="soft">Use it as <Code>Authorization: Bearer TOKEN</Code>; <Code>/api/openapi.json</Code> describes what can be asked.</p>
          <div className="form-end">
            <CopyButton value={add.data.token}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
            <Button onClick={onEnd} data-testid="tokens.done">Done</Button>
          </div>
        </div>
      ) : (
        <form className="form" onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}>
          <TextInput label="What it is for" required withAsterisk={false} maxLength={64} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="tokens.add.name" />
          <RoleSelect label="What it may do" value={role} onChange={setRole} most={most} />
          <Checkbox.Group label="Only for" description="None: for all that the role may" value={chosen} onChange={setScopes}>
            <div className="bar wrap">{scopes.map((each) => <Checkbox key={each.value} value={each.value} label={each.label} data-testid={`tokens.add.scope.${each.value}`} />)}</div>
          </Checkbox.Group>
          <NumberInput label="Good for (days)" min={1} max={366} value={days} onChange={setDays} />
          {add.isError && <Alert color="red" variant="outline" role="alert">{add.error.message}</Alert>}
          <div className="form-end">
            <Button variant="default" onClick={onEnd}>Cancel</Button>
            <Button type="submit" loading={add.isPending} data-testid="tokens.add.do">Make the token</Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

function Tokens({ role }: { role: Role }) {
  const client = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => must(api.GET('/api/v1/tokens')) });
  const revoke = useMutation({
    mutationFn: (id: number) => must(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })),
    onSuccess: () => told('The token opens nothing any more'),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <Card title="API tokens" testid="settings.tokens" side={<Button size="xs" onClick={() => setAdding(true)} data-testid="tokens.add">Make a token</Button>}>
      {tokens.isPending && <Loading />}
      {tokens.isError && <Failed error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data?.rows.length === 0 && <Empty title="No token yet.">A token lets a program read incidents or ask the tables, as one of the roles, until a day that you choose.</Empty>}
      {tokens.data && tokens.data.rows.length > 0 && (
        <table className="rows">
          <thead><tr><th>For</th><th>May</th><th>State</th><th>Expires</th><th>Last used</th><th>Made by</th><th><span className="only-read">Actions</span></th></tr></thead>
          <tbody>
            {tokens.data.rows.map((token) => (
              <tr key={token.id} data-id={token.id}>
                <td className="wide"><Field value={token.name} /></td>
                <td>{roles.find((each) => each.value === token.role)?.label}{token.scopes.length > 0 && <span className="soft small">; only {scopes.filter((each) => token.scopes.includes(each.value)).map((each) => each.label.toLowerCase()).join(', ')}</span>}</td>
                <td><StatusMark status={token.revoked ? 'revoked' : token.expired ? 'expired' : 'good'} /></td>
                <td><When time={token.expires} /></td>
                <td><When time={token.last_used} /></td>
                <td><Field value={token.made_by} /></td>
                <td className="number">{!token.revoked && !token.expired && <Button size="compact-xs" variant="default" onClick={() => revoke.mutate(token.id)}>Revoke</Button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {isAdding && <AddToken most={role} onEnd={() => setAdding(false)} />}
    </Card>
  );
}

function Audit() {
  const [before, setBefore] = useState<number>();
  const audit = useQuery({ queryKey: ['audit', before], queryFn: () => must(api.GET('/api/v1/audit', { params: { query: { before } } })) });
  const verify = useMutation({ mutationFn: () => must(api.GET('/api/v1/audit/verify')), onError: failed });
  const rows = audit.data?.rows ?? [];
  return (
    <Card title="Audit log" testid="settings.audit" side={<Button size="xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate()} data-testid="audit.verify">Verify the chain</Button>}>
      {verify.data && (verify.data.is_whole ? (
        <Alert color="green" variant="outline" mb="sm" data-testid="audit.verdict" title={`Whole: ${verify.data.entries.toLocaleString()} entries, none changed`}>
          Note this end elsewhere, to notice entries that are cut off: <Code>{verify.data.entries}:{verify.data.head}</Code>
        </Alert>
      ) : (
        <Alert color="red" variant="outline" mb="sm" data-testid="audit.verdict" title={`Broken at entry ${verify.data.broken}`}>{verify.data.what}</Alert>
      ))}
      {audit.isPending && <Loading />}
      {audit.isError && <Failed error={audit.error} retry={() => void audit.refetch()} />}
      {rows.length > 0 && (
        <>
          <table className="rows compact">
            <thead><tr><th className="number">#</th><th>When</th><th>Who</th><th>Did</th><th>To</th><th>How</th></tr></thead>
            <tbody>
              {rows.map((entry) => (
                <tr key={entry.number}>
                  <td className="number soft">{entry.number}</td>
                  <td><When time={entry.at} /></td>
                  <td><Field value={entry.actor} most={40} /></td>
                  <td><Field value={entry.action} mono /></td>
                  <td><Field value={entry.object} most={60} /></td>
                  <td className="wide"><Field value={entry.detail} most={120} /></td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="card-foot form-end">
            {before !== undefined && <Button size="xs" variant="default" onClick={() => setBefore(undefined)}>Newest</Button>}
            {audit.data?.more && <Button size="xs" variant="default" onClick={() => setBefore(rows[rows.length - 1]?.number)}>Older</Button>}
          </div>
        </>
      )}
    </Card>
  );
}

function MyPassword() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => must(api.POST('/api/v1/session/password', { body: { current, next } })),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      told('The password is changed; your other sessions are over');
    },
  });
  return (
    <Card title="My password" testid="settings.me">
      <form className="form narrow-form" onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}>
        <PasswordInput label="The password now" autoComplete="current-password" required withAsterisk={false} value={current} onChange={(event) => setCurrent(event.currentTarget.value)} />
        <PasswordInput label="The new one" description="At least 12 characters; a sentence is easy to remember." autoComplete="new-password" required withAsterisk={false} value={next} onChange={(event) => setNext(event.currentTarget.value)} />
        {change.isError && <Alert color="red" variant="outline" role="alert">{change.error.message}</Alert>}
        <div><Button type="submit" loading={change.isPending}>Change it</Button></div>
      </form>
    </Card>
  );
}

export default function Settings() {
  const { part } = useParams({ from: '/inside/settings/$part' });
  const me = useQuery(session).data;
  const here = parts.find((each) => each.value === part);
  const isAdmin = me?.role === 'admin';
  return (
    <Page title="Settings" testid="settings.page">
      <nav className="tabs" aria-label="Settings">
        {parts.map((each) => (
          <Link key={each.value} to="/settings/$part" params={{ part: each.value }} className={each.value === part ? 'tab here' : 'tab'} aria-current={each.value === part ? 'page' : undefined}>{each.label}</Link>
        ))}
      </nav>
      {here?.admin && !isAdmin ? (
        <Empty title={`${here.label} are for administrators.`}>Your role is {me?.role}. An administrator can change it.</Empty>
      ) : (
        <>
          {part === 'connections' && <Connections />}
          {part === 'notifications' && <Notifications />}
          {part === 'retention' && <Retention />}
          {part === 'users' && <Users me={me?.name ?? ''} />}
          {part === 'tokens' && <Tokens role={me?.role ?? 'viewer'} />}
          {part === 'audit' && <Audit />}
          {part === 'backup' && <Backup />}
          {part === 'me' && (
            <>
              <MyPassword />
              {me?.is_session && <MySecondFactor me={me} />}
            </>
          )}
          {!here && <Empty title="There is no such setting." />}
        </>
      )}
    </Page>
  );
}

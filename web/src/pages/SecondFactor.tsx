// "Is it me, although somebody has my password?" One's own second factor: on, off, recovery codes;
// and the page of who gets no further without one.
import { Alert, Button, Code, CopyButton, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { encode } from 'uqr';
import { api, must, type Schemas } from '../api/client';
import { Card } from '../parts/states';
import { told } from '../parts/undo';

type Me = Schemas['Session'];

// Dark on white in both themes, with the quiet edge that readers want.
function QrCode({ text }: { text: string }) {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const dark = data.flatMap((row, y) => row.map((is, x) => (is ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg viewBox={`0 0 ${size} ${size}`} width="216" height="216" role="img" aria-label="QR code for the authenticator" shapeRendering="crispEdges" data-testid="factor.qr">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark} fill="#000" />
    </svg>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const text = codes.join('\n');
  return (
    <div className="form" data-testid="factor.recovery">
      <p className="lead">These are your recovery codes. Each lets you in once, without the phone. They are shown this once: keep them apart from the password.</p>
      <Code block data-testid="factor.recovery.codes">{text}</Code>
      <div className="form-end">
        <CopyButton value={text}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
        <Button onClick={onDone} data-testid="factor.recovery.done">I have kept them</Button>
      </div>
    </div>
  );
}

function CodeInput({ value, onChange, label = 'Code' }: { value: string; onChange: (value: string) => void; label?: string }) {
  return <TextInput label={label} autoComplete="one-time-code" inputMode="text" required withAsterisk={false} value={value} onChange={(event) => onChange(event.currentTarget.value)} data-testid="factor.code" />;
}

// Password, then the QR code and a code of it, then the recovery codes.
function Enrol({ onDone }: { onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: () => must(api.POST('/api/v1/session/second-factor', { body: { password } })) });
  const confirm = useMutation({ mutationFn: () => must(api.POST('/api/v1/session/second-factor/confirm', { body: { code } })) });
  if (confirm.data) return <RecoveryCodes codes={confirm.data.recovery_codes} onDone={onDone} />;
  if (!begin.data)
    return (
      <form className="form" onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}>
        <p>An app on your phone (any authenticator) shows a code that changes every 30 seconds. You type it after the password.</p>
        <PasswordInput label="Your password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-testid="factor.password" />
        {begin.isError && <Alert color="red" variant="outline" role="alert">{begin.error.message}</Alert>}
        <div><Button type="submit" loading={begin.isPending} data-testid="factor.begin">Set it up</Button></div>
      </form>
    );
  return (
    <form className="form" onSubmit={(event) => {
      event.preventDefault();
      confirm.mutate();
    }}>
      <p className="lead">1. Let the authenticator read this, or type the key into it.</p>
      <QrCode text={begin.data.address} />
      <Code data-testid="factor.key">{begin.data.key.replace(/.{4}(?=.)/g, '$& ')}</Code>
      <p className="lead">2. Type the code that it shows.</p>
      <CodeInput value={code} onChange={setCode} />
      {confirm.isError && <Alert color="red" variant="outline" role="alert" data-testid="factor.problem">{confirm.error.message}</Alert>}
      <div><Button type="submit" loading={confirm.isPending} data-testid="factor.confirm">Turn it on</Button></div>
    </form>
  );
}

// What needs password and code: turning it off, a new set of recovery codes.
function Manage({ me, onDone }: { me: Me; onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const body = { password, code };
  const renew = useMutation({
    mutationFn: () => must(api.POST('/api/v1/session/recovery-codes', { body })),
    onSuccess: () => setCode(''),
  });
  const remove = useMutation({
    mutationFn: () => must(api.POST('/api/v1/session/second-factor/remove', { body })),
    onSuccess: () => {
      told('The second factor is off');
      onDone();
    },
  });
  if (renew.data) return <RecoveryCodes codes={renew.data.recovery_codes} onDone={() => {
    renew.reset();
    onDone();
  }} />;
  const problem = renew.error ?? remove.error;
  return (
    <form className="form narrow-form" onSubmit={(event) => {
      event.preventDefault();
      remove.reset();
      renew.mutate();
    }}>
      <p data-testid="factor.on">It is on. {me.recovery_codes} recovery codes are left.</p>
      <PasswordInput label="Your password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-testid="factor.password" />
      <CodeInput value={code} onChange={setCode} label="A code, or a recovery code" />
      {problem && <Alert color="red" variant="outline" role="alert" data-testid="factor.problem">{problem.message}</Alert>}
      <div className="form-end">
        <Button type="submit" variant="default" loading={renew.isPending} data-testid="factor.renew">New recovery codes</Button>
        <Button color="red" loading={remove.isPending} data-testid="factor.off" onClick={() => {
          renew.reset();
          remove.mutate();
        }}>Turn it off</Button>
      </div>
    </form>
  );
}

export function MySecondFactor({ me }: { me: Me }) {
  const client = useQueryClient();
  const again = () => void client.invalidateQueries({ queryKey: ['session'] });
  return (
    <Card title="My second factor" testid="settings.factor">
      {me.second_factor ? <Manage me={me} onDone={again} /> : <Enrol onDone={again} />}
    </Card>
  );
}

export function MustEnrol() {
  const client = useQueryClient();
  return (
    <main className="alone" data-testid="enrol.page">
      <div className="alone-card">
        <img src="/icon.svg" width="40" height="40" alt="" />
        <h1>One more step: a second factor</h1>
        <p>Your role needs one.</p>
        <Enrol onDone={() => void client.invalidateQueries()} />
      </div>
    </main>
  );
}

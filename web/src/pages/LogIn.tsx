// "Is it me?" Also as a dialog over a page whose session is over, so that nothing typed is lost.
import { Alert, Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, must, Problem } from '../api/client';

function Form({ onIn }: { onIn: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const [waitUntil, setWaitUntil] = useState(0);
  const [now, setNow] = useState(Date.now());
  const wait = Math.max(0, Math.ceil((waitUntil - now) / 1000));
  useEffect(() => {
    if (wait === 0) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [wait]);
  const enter = useMutation({
    mutationFn: () => must(api.POST('/api/v1/session', { body: needsCode ? { name, password, code } : { name, password } })),
    onSuccess: async (session) => {
      client.setQueryData(['session'], session);
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      onIn();
    },
    onError: (error) => {
      if (error instanceof Problem && error.code === 'code_needed') setNeedsCode(true);
      if (error instanceof Problem) setWaitUntil(Date.now() + error.waitS * 1000);
      setNow(Date.now());
    },
  });
  // That a code is needed is no mistake: the field for it says so.
  const isRefused = enter.isError && !(enter.error instanceof Problem && enter.error.code === 'code_needed');
  return (
    <form
      className="form"
      data-testid="login.form"
      onSubmit={(event) => {
        event.preventDefault();
        enter.mutate();
      }}
    >
      <TextInput label="User name" autoComplete="username" autoFocus required withAsterisk={false} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="login.name" />
      <PasswordInput label="Password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-testid="login.password" />
      {needsCode && (
        <TextInput label="Code of your authenticator, or a recovery code" autoComplete="one-time-code" autoFocus required withAsterisk={false} value={code} onChange={(event) => setCode(event.currentTarget.value)} data-testid="login.code" />
      )}
      {isRefused && (
        <Alert color="red" variant="outline" role="alert" data-testid="login.problem">
          {enter.error?.message}
          {wait > 0 && `. The next attempt is looked at in ${wait} s.`}
        </Alert>
      )}
      <Button type="submit" loading={enter.isPending} disabled={wait > 0} data-testid="login.enter">
        {wait > 0 ? `Wait ${wait} s` : 'Log in'}
      </Button>
    </form>
  );
}

export function LogIn({ over = false, onDone }: { over?: boolean; onDone?: () => void }) {
  if (over)
    return (
      <Modal opened onClose={() => undefined} withCloseButton={false} title="Your session is over">
        <p className="lead">Log in again; this page stays as it is.</p>
        <Form onIn={() => onDone?.()} />
      </Modal>
    );
  return <LogInPage />;
}

function LogInPage() {
  const router = useRouter();
  const search = useSearch({ strict: false }) as { to?: string };
  // Only a place of this app, never another site's.
  const to = search.to?.startsWith('/') && !search.to.startsWith('//') ? search.to : '/';
  // The page behind a message's link is the server's, not this app's.
  const isOwnPage = to.startsWith('/acknowledge/');
  return (
    <main className="alone" data-testid="login.page">
      <div className="alone-card">
        <img src="/icon.svg" width="40" height="40" alt="" />
        <h1>Log in to Vedette</h1>
        <Form onIn={() => (isOwnPage ? location.assign(to) : router.history.push(to))} />
      </div>
    </main>
  );
}

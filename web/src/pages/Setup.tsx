// "What is the least I must do?" The first administrator, with the link that the first start told.
import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, useNavigate, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { api, must } from '../api/client';
import { setupState } from '../api/queries';
import { Loading } from '../parts/states';

export function Setup() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const state = useQuery(setupState);
  const key = useRouterState({ select: (now) => now.location.hash });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [isLeft, setLeft] = useState(false);
  const length = [...password].length;
  const differs = isLeft && again !== '' && again !== password;
  const make = useMutation({
    mutationFn: () => must(api.POST('/api/v1/setup', { body: { key, name, password } })),
    onSuccess: async (session) => {
      client.setQueryData(['session'], session);
      client.setQueryData(['setup'], { needed: false });
      await navigate({ to: '/welcome' });
    },
  });
  if (state.isPending) return <Loading rows={1} />;
  if (state.data && !state.data.needed) return <Navigate to={make.isIdle ? '/' : '/welcome'} />;
  return (
    <main className="alone" data-testid="setup.page">
      <div className="alone-card">
        <img src="/icon.svg" width="40" height="40" alt="" />
        <h1>Welcome to Vedette</h1>
        {key === '' ? (
          <p className="lead" data-testid="setup.no-link">
            Nobody can log in yet. The first administrator is made with the link that <code>vedette serve</code> printed when it
            started; it also lies in the file <code>setup-link</code> of the data folder.
          </p>
        ) : (
          <>
            <p className="lead">Make the first administrator. What to watch and whom to tell comes next.</p>
            <form
              className="form"
              onSubmit={(event) => {
                event.preventDefault();
                setLeft(true);
                if (again === password) make.mutate();
              }}
            >
              <TextInput label="User name" autoComplete="username" autoFocus required withAsterisk={false} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid="setup.name" />
              <PasswordInput
                label="Password"
                description={length === 0 ? 'At least 12 characters; a sentence is easy to remember.' : length < 12 ? `${12 - length} more characters` : length < 15 ? 'Long enough; 15 or more are better.' : 'Good length.'}
                autoComplete="new-password"
                required
                withAsterisk={false}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                data-testid="setup.password"
              />
              <PasswordInput
                label="The same again"
                autoComplete="new-password"
                required
                withAsterisk={false}
                value={again}
                onBlur={() => setLeft(true)}
                onChange={(event) => setAgain(event.currentTarget.value)}
                error={differs && 'This is not the same password.'}
                data-testid="setup.again"
              />
              {make.isError && <Alert color="red" variant="outline" role="alert" data-testid="setup.problem">{make.error.message}</Alert>}
              <Button type="submit" loading={make.isPending} data-testid="setup.make">Make the administrator</Button>
            </form>
          </>
        )}
      </div>
    </main>
  );
}

// What is connected, and the way of a change: it is tried out, kept, and obeyed once the service has
// begun again with it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, must, Problem, problemOf, type Schemas } from '../../api/client';
import { told } from '../../parts/undo';

export type Connection = Schemas['Connection'];
export type Tested = Schemas['ConnectionTest'];
export type Values = Record<string, Schemas['SettingValue']>;
export interface Wish {
  part: Connection['part'];
  name?: string;
  settings?: Values; // none: it is removed, or tried out as it is
  to?: string;
}

const key = ['connections'];
export const connections = { queryKey: key, queryFn: () => must(api.GET('/api/v1/connections')), retry: false };

// One value as it is kept; the texts are JSON.
export function valueOf<T>(row: Connection | undefined, name: string, otherwise: T): T {
  const text = row?.settings[name];
  if (text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}

// The service is away for a moment while it begins again.
async function untilObeyed(is: (all: Schemas['Connections']) => boolean): Promise<Schemas['Connections']> {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      const all = await must(api.GET('/api/v1/connections'));
      if (is(all)) return all;
    } catch (error) {
      const isAway = error instanceof Problem && (error.status === 0 || error.status === 503);
      if (!isAway) throw error;
    }
    if (Date.now() > end)
      throw new Problem(0, 'not_obeyed', 'It is kept, but Vedette did not begin with it: what ran before goes on. Its log says why.');
    await new Promise((done) => setTimeout(done, 300));
  }
}

export type Refusals = Record<string, string>; // by setting; '' for all of them

// `isAdmin`: nobody else may ask.
export function useDesk(isAdmin = true) {
  const client = useQueryClient();
  const all = useQuery({ ...connections, enabled: isAdmin });
  const [refusals, setRefusals] = useState<Refusals>({});
  const take = async <T,>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> => {
    setRefusals({});
    const answer = await call;
    const problems = (answer.error as Schemas['SettingsProblem'] | undefined)?.problems ?? [];
    if (problems.length > 0) {
      setRefusals(Object.fromEntries(problems.map((each) => [each.setting, each.message])));
      throw problemOf(answer.response.status, answer.error as { title?: string });
    }
    return must(Promise.resolve(answer));
  };
  const obeyed = async (is: (now: Schemas['Connections']) => boolean) => {
    client.setQueryData(key, await untilObeyed(is));
    await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== key[0] });
  };
  const save = useMutation({
    mutationFn: async (wish: Wish) => {
      await take(api.PUT('/api/v1/connections', { body: { version: all.data?.version ?? 0, ...wish } }));
      await obeyed((now) => now.holds);
    },
    onSuccess: (_, wish) => told(wish.settings ? 'Saved, and Vedette runs with it.' : 'Removed.'),
  });
  const test = useMutation({ mutationFn: (wish: Wish) => take(api.POST('/api/v1/connections/test', { body: wish })) });
  const simulate = useMutation({
    mutationFn: async (on: boolean) => {
      await take(on ? api.POST('/api/v1/simulation') : api.DELETE('/api/v1/simulation'));
      await obeyed((now) => now.is_simulated === on);
    },
  });
  return { all, save, test, simulate, refusals };
}

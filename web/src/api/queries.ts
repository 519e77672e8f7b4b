import { queryOptions } from '@tanstack/react-query';
import { begunOr, paths } from './begun';
import { api, must, type Incident, type LogRows, type Severity } from './client';

export const session = queryOptions({
  queryKey: ['session'],
  queryFn: () => begunOr(paths.session, undefined, undefined, () => must(api.GET('/api/v1/session'))),
  retry: false,
  staleTime: Infinity,
});

export const setupState = queryOptions({
  queryKey: ['setup'],
  queryFn: () => must(api.GET('/api/v1/setup')),
});

export const incidents = (open: boolean) =>
  queryOptions({
    queryKey: ['state', 'incidents', open],
    queryFn: () => {
      const ask = () => must(api.GET('/api/v1/incidents', { params: { query: { open: open ? 'true' : 'false', limit: 500 } } }));
      return open ? begunOr(paths.openIncidents, undefined, undefined, ask) : ask();
    },
  });

export const incident = (id: number) =>
  queryOptions({
    queryKey: ['state', 'incident', id],
    queryFn: () => must(api.GET('/api/v1/incidents/{id}', { params: { path: { id } } })),
  });

export const alerts = queryOptions({
  queryKey: ['state', 'alerts'],
  queryFn: () => must(api.GET('/api/v1/alerts', { params: { query: { limit: 500 } } })),
});

export const detections = queryOptions({
  queryKey: ['detections'],
  queryFn: () => must(api.GET('/api/v1/detections')),
});

export const people = queryOptions({
  queryKey: ['people'],
  queryFn: () => must(api.GET('/api/v1/people')),
});

export const ready = queryOptions({
  queryKey: ['ready'],
  queryFn: async () => {
    const answer = await fetch('/readyz');
    return (await answer.json()) as { status: string; reasons: string[] };
  },
  refetchInterval: 15_000,
});

export interface Question {
  query: string;
  from?: string;
  to?: string;
}

export const logs = (question: Question, enabled = true) =>
  queryOptions({
    queryKey: ['logs', question],
    queryFn: ({ signal }): Promise<LogRows> => begunOr(paths.logs, question, signal, () => must(api.POST('/api/v1/logs/query', { body: question, signal }))),
    enabled,
    retry: false,
  });

// A result's rows as objects.
export function objects(rows: LogRows): Record<string, unknown>[] {
  return rows.rows.map((row) => Object.fromEntries(rows.columns.map((column, i) => [column.name, row[i]])));
}

export const ranks: Record<Severity, number> = { High: 3, Medium: 2, Low: 1, Informational: 0 };

// The most severe first, then the newest.
export function byNeed(a: Incident, b: Incident): number {
  return ranks[b.severity] - ranks[a.severity] || b.number - a.number;
}

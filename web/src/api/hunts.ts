// Hunts: what the page asks, and answers as it keeps them.
import { queryOptions } from '@tanstack/react-query';
import { api, must, problemOf, type Schemas } from './client';

export type HuntSchema = Schemas['HuntSchema'];
export type HuntAnswer = Schemas['HuntAnswer'];
export type HuntTable = Schemas['HuntTable'];
export type HuntRun = Schemas['HuntRun'];
export type SavedHunt = Schemas['SavedHunt'];
export type Diagnostic = Schemas['Diagnostic'];

export const huntSchema = queryOptions({ queryKey: ['hunt schema'], queryFn: () => must(api.GET('/api/v1/schema')), staleTime: Infinity });
export const huntHistory = queryOptions({ queryKey: ['hunt history'], queryFn: () => must(api.GET('/api/v1/hunts/history')) });
export const savedHunts = queryOptions({ queryKey: ['saved hunts'], queryFn: () => must(api.GET('/api/v1/hunts/saved')), staleTime: 30_000 });

// A query that is wrong, with where.
export class WrongQuery extends Error {
  constructor(readonly diagnostics: Diagnostic[]) {
    super([diagnostics[0]?.message, diagnostics[0]?.hint].filter(Boolean).join('. '));
  }
}

// Whole numbers of more than 53 bits stay as they were written: JSON.parse alone would round them.
function parsed(text: string): HuntAnswer {
  if (!/[[,:]-?\d{16,}[,\]}]/.test(text)) return JSON.parse(text) as HuntAnswer;
  const reviver = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as HuntAnswer;
}

export async function runHunt(question: Schemas['HuntQuestion'], signal: AbortSignal): Promise<HuntAnswer> {
  const { data, error, response } = await api.POST('/api/v1/hunts/run', { body: question, signal, parseAs: 'text' });
  if (error !== undefined || !response.ok) {
    const told = error as { title?: string; diagnostics?: Diagnostic[] } | undefined;
    if (response.status === 401) dispatchEvent(new Event('vedette:logged-out'));
    if (told?.diagnostics) throw new WrongQuery(told.diagnostics);
    throw problemOf(response.status, told);
  }
  return parsed(data as unknown as string);
}

export async function checkHunt(query: string, signal: AbortSignal): Promise<Diagnostic[]> {
  return (await must(api.POST('/api/v1/hunts/check', { body: { query }, signal }))).diagnostics;
}

export async function huntProgress(tab: string): Promise<Schemas['HuntProgress'] | undefined> {
  const { data } = await api.GET('/api/v1/hunts/run/{id}', { params: { path: { id: tab } } });
  return data;
}

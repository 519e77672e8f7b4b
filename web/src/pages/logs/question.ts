// What the page Logs is asked for by its address, and what it asks the tables for that. Without anything
// of the page, so that it can be asked before the page is there (early.ts).
import { rowsOf, type Filter } from '../../api/kql';
import type { Question } from '../../api/queries';
import { barSeconds, rangeOf, type Range } from '../../api/time';

export interface LogSearch {
  table?: string;
  t?: string;
  q?: string;
  f?: string; // filters: JSON
  c?: string; // columns, by comma
  facets?: string; // whether values are shown beside the rows
}

export const rowsMax = 200;

// A part of an address, of which numbers are read as numbers.
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

export function logSearch(search: Record<string, unknown>): LogSearch {
  return { table: text(search.table), t: text(search.t), q: text(search.q), f: text(search.f), c: text(search.c), facets: text(search.facets) };
}

export function readFilters(written: string | undefined): Filter[] {
  if (!written) return [];
  try {
    const found: unknown = JSON.parse(written);
    if (!Array.isArray(found)) return [];
    return found
      .filter((each): each is Filter => typeof each?.column === 'string' && typeof each?.value === 'string')
      .map((each) => ({ column: each.column, is: each.is !== false, value: each.value, type: String(each.type) }))
      .slice(0, 20);
  } catch {
    return []; // an address that somebody cut
  }
}

const within = (range: Range) => ({ from: range.from.toISOString(), to: range.to.toISOString() });

// Which tables have rows, the fullest first: in a time, or at all.
export const tablesQuestion = (range?: Range): Question => ({
  query: 'union withsource=Table * | summarize Rows = count() by Table | order by Rows desc',
  ...(range && within(range)),
});

export const rowsQuestion = (query: string, range: Range): Question => ({ query: `${query}\n| order by TimeGenerated desc\n| take ${rowsMax}`, ...within(range) });

// Of all time nobody knows yet where it begins: days are asked for, and put together afterwards.
export const barStepOf = (search: LogSearch, range: Range) => (search.t === 'all' ? 86_400 : barSeconds(range));

export const barsQuestion = (query: string, range: Range, step: number): Question => ({
  query: `${query}\n| summarize Rows = count() by At = bin(TimeGenerated, ${step}s)\n| order by At asc`,
  ...within(range),
});

// The one that the page cannot do without.
export function firstQuestion(search: LogSearch, now: Date): Question {
  const range = rangeOf(search.t, now);
  return search.table === undefined ? tablesQuestion(range) : rowsQuestion(rowsOf(search.table, readFilters(search.f), search.q ?? ''), range);
}

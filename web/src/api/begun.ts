// Questions that were asked before the app was there to ask them (early.ts): each answer is taken once,
// by whoever asks the same. What failed is asked again, so that errors have one way.

const keptMs = 15_000; // a page that is drawn later asks anew

// What is asked early, as the queries ask it.
export const paths = {
  session: '/api/v1/session',
  openIncidents: '/api/v1/incidents?open=true&limit=500',
  logs: '/api/v1/logs/query',
};

interface Begun {
  answer: Promise<unknown>;
  stop: AbortController;
}

const begun = new Map<string, Begun>();

// What "the last 24 hours" of the first page end with, so that it asks for the rows that were asked for early;
// the pages after it have a moment of their own.
export const pageOpened = new Date();
let isFirst = true;
export const openedOrNow = () => (isFirst && isFresh() ? pageOpened : new Date());
export function leaveFirst(): void {
  isFirst = false;
}
const isFresh = () => Date.now() - pageOpened.getTime() < keptMs;

const keyOf = (path: string, body?: unknown) => (body === undefined ? path : `${path} ${JSON.stringify(body)}`);

async function answerOf(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  const answer = await fetch(path, {
    headers: { 'X-Vedette': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal,
  });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return answer.json();
}

// A GET, or with a body a POST.
export function begin(path: string, body?: unknown): void {
  const stop = new AbortController();
  const answer = answerOf(path, body, stop.signal);
  answer.catch(() => undefined); // whoever takes it sees that it failed
  begun.set(keyOf(path, body), { answer, stop });
}

// The answer that was asked for early, or that of `ask`.
export async function begunOr<T>(path: string, body: unknown, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  const key = keyOf(path, body);
  const found = begun.get(key);
  begun.delete(key);
  if (!found || !isFresh()) return ask();
  const end = () => found.stop.abort();
  signal?.addEventListener('abort', end);
  try {
    return (await found.answer) as T;
  } catch {
    signal?.throwIfAborted();
    return await ask();
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Incident = Schemas['Incident'];
export type WholeIncident = Schemas['WholeIncident'];
export type Role = Schemas['Role'];
export type Severity = Schemas['Severity'];
export type LogRows = Schemas['LogRows'];

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly waitS = 0,
  ) {
    super(message);
  }
}

// What a page asks by itself while nobody is there must not keep the session alive.
let lastInput = Date.now();
for (const kind of ['pointerdown', 'keydown', 'wheel'])
  addEventListener(kind, () => (lastInput = Date.now()), { capture: true, passive: true });

async function send(request: Request): Promise<Response> {
  request.headers.set('X-Vedette', '1');
  if (Date.now() - lastInput > 120_000) request.headers.set('X-Vedette-Idle', '1');
  try {
    return await fetch(request);
  } catch {
    throw new Problem(0, 'offline', 'Vedette does not answer. Is the service running?');
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

interface Told {
  code?: string;
  title?: string;
  wait_s?: number;
  diagnostics?: { message: string; hint?: string }[];
}

export function problemOf(status: number, told: Told | undefined): Problem {
  const first = told?.diagnostics?.[0];
  const message = first ? [first.message, first.hint].filter(Boolean).join('. ') : told?.title;
  return new Problem(status, told?.code ?? 'unknown', message ?? `The service answered ${status}.`, told?.wait_s);
}

// The data, or the problem as an exception that says what to do.
export async function must<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (error !== undefined || !response.ok) {
    if (response.status === 401) dispatchEvent(new Event('vedette:logged-out'));
    throw problemOf(response.status, error as Told | undefined);
  }
  return data as T;
}

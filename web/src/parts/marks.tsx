// Small things that mean something: severity, status, times. Never by colour alone.
import { useEffect, useState, type ReactNode } from 'react';
import { shortly, utc } from '../api/time';
import type { Severity } from '../api/client';

// "1 attempt", "2,000 attempts"; "3 people".
export const counted = (n: number, what: string, several = `${what}s`) => `${n.toLocaleString()} ${n === 1 ? what : several}`;

const shapes: Record<Severity, ReactNode> = {
  High: <path d="M8 1.5 15 14H1z" fill="currentColor" />,
  Medium: <path d="M8 1 15 8 8 15 1 8z" fill="currentColor" />,
  Low: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M8 2a6 6 0 0 0 0 12z" fill="currentColor" />
    </>
  ),
  Informational: <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" />,
};

export function SeverityMark({ severity, short = false }: { severity: Severity; short?: boolean }) {
  return (
    <span className={`severity severity-${severity.toLowerCase()}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {shapes[severity]}
      </svg>
      {short ? <span className="only-read">{severity}</span> : <span>{severity === 'Informational' ? 'Info' : severity}</span>}
    </span>
  );
}

export function StatusMark({ status }: { status: string }) {
  return <span className={`status status-${status.toLowerCase()}`}>{status}</span>;
}

let now = Date.now();
const watchers = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const watcher of watchers) watcher();
}, 20_000);

export function useNow(): number {
  const [value, set] = useState(now);
  useEffect(() => {
    const watcher = () => set(now);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return value;
}

// Young ones as an age, with the moment in UTC and here on hover and focus.
export function When({ time }: { time: string | null | undefined }) {
  const at = useNow();
  if (!time) return <span className="missing">{'\u2013'}</span>;
  const date = new Date(time);
  return (
    <time dateTime={time} title={`${utc(date)}\n${date.toLocaleString()} here`} className="when">
      {shortly(time, at)}
    </time>
  );
}

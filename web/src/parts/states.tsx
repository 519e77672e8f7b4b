// What a part of a page shows while it has nothing to show: what is missing, why, what to do next.
import { Button, Skeleton } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { Problem } from '../api/client';

// Still: what moves takes time from what is waited for.
export function Loading({ rows = 4 }: { rows?: number }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return <div className="loading" aria-busy="true" />;
  return (
    <div className="loading" role="status" aria-busy="true" aria-label="loading">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={20} radius={4} animate={false} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty" data-testid="state.empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-next">{children}</div>}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const message = error instanceof Error ? error.message : 'Something failed.';
  const isRight = error instanceof Problem && error.status === 403;
  return (
    <div className="failed" role="alert" data-testid="state.failed">
      <p className="empty-title">{isRight ? 'Not for your role' : 'This part could not be read'}</p>
      <p>{message}</p>
      {retry && !isRight && (
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Card({ title, side, children, testid }: { title?: ReactNode; side?: ReactNode; children: ReactNode; testid?: string }) {
  return (
    <section className="card" data-testid={testid}>
      {(title || side) && (
        <header className="card-head">
          <h2>{title}</h2>
          {side}
        </header>
      )}
      {children}
    </section>
  );
}

export function Page({ title, note, tools, children, testid }: { title: ReactNode; note?: ReactNode; tools?: ReactNode; children: ReactNode; testid: string }) {
  return (
    <div className="page" data-testid={testid}>
      <header className="page-head">
        <h1>{title}</h1>
        {note && <span className="page-note">{note}</span>}
        <div className="page-tools">{tools}</div>
      </header>
      {children}
    </div>
  );
}

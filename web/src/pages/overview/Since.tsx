// What changed since this person looked last, on whatever device.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { usePreferences } from '../../api/preferences';
import { api, must } from '../../api/client';
import { incidents } from '../../api/queries';
import { age, utc } from '../../api/time';
import { counted, useNow } from '../../parts/marks';

const visitMs = 30 * 60_000; // looks that follow each other within this are one

export function Since() {
  const { kept, keep } = usePreferences();
  const [seen, setSeen] = useState<string>();
  const isTold = useRef(false);
  const now = useNow();
  useEffect(() => {
    if (!kept || isTold.current) return;
    isTold.current = true;
    const stored = sessionStorage.getItem('vedette-visit');
    const before = stored ?? kept.seen;
    if (before) setSeen(before);
    if (!kept.seen || Date.now() - Date.parse(kept.seen) > visitMs) {
      if (!stored) sessionStorage.setItem('vedette-visit', kept.seen ?? '');
      keep.mutate((was) => ({ ...was, seen: new Date().toISOString() }));
    }
  }, [kept, keep]);
  const open = useQuery(incidents(true));
  const all = useQuery(incidents(false));
  const actions = useQuery({ queryKey: ['state', 'actions', 0], queryFn: () => must(api.GET('/api/v1/actions', { params: { query: { limit: 200 } } })) });
  if (!seen || !all.data || !open.data) return null;
  const after = (time: string | null | undefined) => time !== null && time !== undefined && time > seen;
  const fresh = [...open.data.rows, ...all.data.rows.filter((row) => row.status === 'Closed')].filter((row) => after(row.created)).length;
  const closed = all.data.rows.filter((row) => row.status === 'Closed' && after(row.closed)).length;
  const locks = (actions.data?.rows ?? []).filter((row) => row.kind === 'disable_account' && after(row.done)).length;
  const undone = (actions.data?.rows ?? []).filter((row) => row.state === 'undone' && after(row.changed)).length;
  const parts = [
    counted(fresh, 'new incident'),
    `${closed} closed`,
    locks > 0 && `${counted(locks, 'account')} locked`,
    undone > 0 && `${counted(undone, 'lock')} undone`,
  ].filter(Boolean);
  return (
    <p className="note" data-testid="overview.since">
      <span className="soft" title={utc(new Date(seen))}>Since you last looked, {age(now - Date.parse(seen))} ago:</span> <strong>{parts.join(', ')}</strong> <Link to="/incidents">Incidents</Link>
    </p>
  );
}

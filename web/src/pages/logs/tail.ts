// Rows as they arrive: what came since the last look, at most so many a second; what is left out is
// counted. Arrival is the store's time, so that neither clocks nor late events matter.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { logs, objects } from '../../api/queries';
import { plainText } from '../../parts/Field';

const everyMs = 2_000;
const rowsASecond = 50;
const rowsMost = (rowsASecond * everyMs) / 1000;
const keptMax = 500;
const arrival = 'Arrived_';

export interface Tail {
  rows: Record<string, unknown>[];
  skipped: number;
  error: Error | null;
}

export function useTail(query: string, isOn: boolean): Tail {
  const [since, setSince] = useState<string>();
  const [kept, setKept] = useState<{ rows: Record<string, unknown>[]; skipped: number }>({ rows: [], skipped: 0 });
  const begun = useRef('');
  const key = `${isOn} ${query}`;
  useEffect(() => {
    if (begun.current === key) return;
    begun.current = key;
    setKept({ rows: [], skipped: 0 });
    setSince(undefined);
  }, [key]);
  const arrived = `${query}\n| extend ${arrival} = ingestion_time()\n| where ${arrival} > ${since ? `datetime(${since})` : 'ago(10s)'}`;
  const news = useQuery({
    ...logs({ query: `${arrived}\n| order by ${arrival} desc, TimeGenerated desc\n| take ${rowsMost + 1}` }, isOn),
    refetchInterval: everyMs,
    staleTime: 0,
    gcTime: 0,
  });
  const isCut = (news.data?.rows.length ?? 0) > rowsMost;
  const count = useQuery({ ...logs({ query: `${arrived}\n| count` }, isOn && isCut), staleTime: 0, gcTime: 0 });
  const total = count.data?.rows[0]?.[0];
  useEffect(() => {
    if (!isOn || !news.data || news.data.rows.length === 0) return;
    if (isCut && total === undefined) return; // how many there were is asked for
    const rows = objects(news.data);
    const skipped = isCut ? Math.max(0, Number(total) - rowsMost) : 0;
    const fresh = rows.slice(0, rowsMost).map(({ [arrival]: _, ...row }) => row);
    setKept((was) => ({ rows: [...fresh, ...was.rows].slice(0, keptMax), skipped: was.skipped + skipped }));
    setSince(plainText(rows[0]?.[arrival]));
  }, [isOn, news.data, isCut, total]);
  return { ...kept, error: news.error };
}

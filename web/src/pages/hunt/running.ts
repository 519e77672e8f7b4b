// One run at a time for each tab: a newer one ends the older, and what came is kept for the last few.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, type Schemas } from '../../api/client';
import { huntHistory, huntProgress, runHunt, type HuntAnswer } from '../../api/hunts';
import type { Sent } from './blocks';

export interface Run {
  sent: Sent;
  question: Schemas['HuntQuestion'];
  isRunning: boolean;
  isCancelled: boolean;
  tookMs: number;
  percent: number | null;
  answer?: HuntAnswer;
  error?: Error;
}

const keptMax = 4;
const lookEveryMs = 400;

export function useRuns() {
  const client = useQueryClient();
  const [runs, setRuns] = useState(new Map<string, Run>());
  const stops = useRef(new Map<string, AbortController>());
  const change = useCallback((tab: string, part: Partial<Run>) => setRuns((was) => {
    const run = was.get(tab);
    return run ? new Map(was).set(tab, { ...run, ...part }) : was;
  }), []);
  const run = useCallback(async (tab: string, sent: Sent, question: Schemas['HuntQuestion']): Promise<HuntAnswer | undefined> => {
    stops.current.get(tab)?.abort();
    const stop = new AbortController();
    stops.current.set(tab, stop);
    setRuns((was) => {
      const next = new Map(was);
      next.delete(tab);
      next.set(tab, { sent, question, isRunning: true, isCancelled: false, tookMs: 0, percent: null, answer: was.get(tab)?.answer });
      for (const [old, kept] of next) if (next.size > keptMax && !kept.isRunning) next.delete(old);
      return next;
    });
    const isNewest = () => stops.current.get(tab) === stop;
    try {
      const answer = await runHunt({ ...question, tab }, stop.signal);
      if (!isNewest()) return undefined;
      change(tab, { answer, error: undefined, isRunning: false });
      return answer;
    } catch (error) {
      if (isNewest()) change(tab, { answer: undefined, error: error instanceof Error ? error : new Error('Something failed.'), isRunning: false, isCancelled: stop.signal.aborted });
      return undefined;
    } finally {
      if (isNewest()) void client.invalidateQueries({ queryKey: huntHistory.queryKey });
    }
  }, [change, client]);
  const cancel = useCallback((tab: string) => {
    // Told as well, since a connection that goes may be noticed later.
    void api.DELETE('/api/v1/hunts/run/{id}', { params: { path: { id: tab } } });
    stops.current.get(tab)?.abort();
  }, []);
  const running = [...runs].filter(([, each]) => each.isRunning).map(([tab]) => tab).join(' ');
  useEffect(() => {
    if (running === '') return undefined;
    const timer = setInterval(() => {
      for (const tab of running.split(' '))
        void huntProgress(tab).then((told) => told && change(tab, { tookMs: told.took_ms, percent: told.percent ?? null }), () => undefined);
    }, lookEveryMs);
    return () => clearInterval(timer);
  }, [running, change]);
  useEffect(() => {
    const all = stops.current;
    return () => all.forEach((stop) => stop.abort());
  }, []);
  return { runs, run, cancel };
}

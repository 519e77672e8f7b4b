// One stream of changes for all tabs of this browser: the tab that holds the lock listens, and tells
// the others (a browser gives one server six connections).
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

export type Liveness = 'live' | 'reconnecting';

export function useLive(): Liveness {
  const client = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>('reconnecting');
  useEffect(() => {
    const channel = new BroadcastChannel('vedette-changes');
    const stop = new AbortController();
    let events: EventSource | undefined;
    const take = (message: string) => {
      if (message === 'change') void client.invalidateQueries({ queryKey: ['state'] });
      setLiveness(message === 'lost' ? 'reconnecting' : 'live');
    };
    channel.onmessage = (event) => take(String(event.data));
    const tell = (message: string) => {
      take(message);
      channel.postMessage(message);
    };
    navigator.locks
      .request('vedette-stream', { signal: stop.signal }, () => {
        events = new EventSource('/api/v1/stream');
        events.onopen = () => tell('open');
        events.onerror = () => tell('lost');
        events.addEventListener('change', () => tell('change'));
        return new Promise<void>((done) => stop.signal.addEventListener('abort', () => done()));
      })
      .catch(() => undefined); // left before it was this tab's turn
    return () => {
      stop.abort();
      events?.close();
      channel.close();
    };
  }, [client]);
  return liveness;
}

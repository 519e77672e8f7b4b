// Work on several incidents at once: by buttons, and by keys (x selects; a, o, c work; Escape lets go).
import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, must, type Incident } from '../api/client';
import { ClassificationChoice, type Classification } from './Classification';
import { counted } from './marks';
import { failed, told } from './undo';

type Wish = { verb: 'acknowledge' } | { verb: 'own' } | { verb: 'close'; classification: Classification; comment: string };

// One after the other, each by itself; what cannot be done is said with its number, and one Undo
// takes back what was.
function useWork(selected: Incident[], me: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: Wish) => {
      const done: Incident[] = [];
      const refused: string[] = [];
      for (const row of selected) {
        const params = { path: { id: row.number } };
        try {
          if (wish.verb === 'acknowledge') {
            if (row.status !== 'New') continue;
            await must(api.POST('/api/v1/incidents/{id}/acknowledge', { params }));
          } else if (wish.verb === 'own') {
            if (row.owner === me) continue;
            await must(api.POST('/api/v1/incidents/{id}/assign', { params, body: { owner: me } }));
          } else {
            await must(api.POST('/api/v1/incidents/{id}/close', { params, body: { classification: wish.classification, comment: wish.comment } }));
          }
          done.push(row);
        } catch (error) {
          refused.push(`#${row.number}: ${error instanceof Error ? error.message : 'failed'}`);
        }
      }
      return { wish, done, refused };
    },
    onSuccess: ({ wish, done, refused }) => {
      onDone();
      const back = async () => {
        for (const row of done) {
          const params = { path: { id: row.number } };
          await (wish.verb === 'own'
            ? must(api.POST('/api/v1/incidents/{id}/assign', { params, body: { owner: row.owner ?? '' } }))
            : must(api.POST('/api/v1/incidents/{id}/reopen', { params }))).catch(failed);
        }
        await client.invalidateQueries({ queryKey: ['state'] });
      };
      const words = { acknowledge: 'acknowledged', own: 'yours', close: 'closed' }[wish.verb];
      told(`${done.length} ${words}`, wish.verb === 'acknowledge' || done.length === 0 ? undefined : () => void back());
      if (refused.length > 0) failed(new Error(`${refused.length} not done. ${refused.slice(0, 3).join('; ')}`));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['state'] }),
  });
}

function CloseAll({ count, isBusy, onDo, onEnd }: { count: number; isBusy: boolean; onDo: (classification: Classification, comment: string) => void; onEnd: () => void }) {
  const [classification, setClassification] = useState<Classification | null>(null);
  const [comment, setComment] = useState('');
  const [isTried, setTried] = useState(false);
  return (
    <Modal opened onClose={onEnd} title={`Close ${counted(count, 'incident')}`}>
      <form className="form" data-testid="incidents.close.form" onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (classification) onDo(classification, comment);
      }}>
        <ClassificationChoice value={classification} onChange={setClassification} error={isTried && !classification} />
        <Textarea label="In a sentence" description="It is written to each. May be empty." value={comment} onChange={(event) => setComment(event.currentTarget.value)} autosize minRows={2} maxLength={2000} />
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button type="submit" loading={isBusy} data-testid="incidents.close.do">Close {count}</Button>
        </div>
      </form>
    </Modal>
  );
}

export interface Bulk {
  count: number;
  work: ReturnType<typeof useWork>;
  isClosing: boolean;
  setClosing: (is: boolean) => void;
  toggle: (number: number) => void;
  letGo: () => void;
}

type Chosen = ReadonlySet<number>;

export function useBulk(selected: Incident[], me: string, setChosen: (next: (was: Chosen) => Chosen) => void): Bulk {
  const [isClosing, setClosing] = useState(false);
  const letGo = () => setChosen(() => new Set());
  const work = useWork(selected, me, letGo);
  const toggle = (number: number) =>
    setChosen((was) => {
      const next = new Set(was);
      if (!next.delete(number)) next.add(number);
      return next;
    });
  return { count: selected.length, work, isClosing, setClosing, toggle, letGo };
}

function useKeys(bulk: Bulk) {
  const latest = useRef(bulk); // keys outlive a rendering
  latest.current = bulk;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (target.closest('input:not([type=checkbox]), textarea, [role=dialog]') || event.ctrlKey || event.metaKey || event.altKey) return;
      const { count, work, toggle, setClosing, letGo } = latest.current;
      const row = target.closest<HTMLElement>('[data-incident]')?.dataset.incident;
      if (event.key === 'x' && row) toggle(Number(row));
      else if (count === 0) return;
      else if (event.key === 'Escape') letGo();
      else if (event.key === 'a') work.mutate({ verb: 'acknowledge' });
      else if (event.key === 'o') work.mutate({ verb: 'own' });
      else if (event.key === 'c') setClosing(true);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

export function BulkBar({ bulk }: { bulk: Bulk }) {
  const { count, work } = bulk;
  useKeys(bulk);
  if (count === 0) return null;
  return (
    <div className="bar-actions" role="status" data-testid="bulk">
      {count} selected
      <Button size="xs" onClick={() => work.mutate({ verb: 'acknowledge' })} loading={work.isPending} data-testid="bulk.acknowledge">Acknowledge</Button>
      <Button size="xs" variant="default" onClick={() => work.mutate({ verb: 'own' })} loading={work.isPending} data-testid="bulk.own">Make mine</Button>
      <Button size="xs" variant="default" onClick={() => bulk.setClosing(true)} data-testid="bulk.close">Close</Button>
      <Button size="xs" variant="default" onClick={bulk.letGo}>None</Button>
      {bulk.isClosing && <CloseAll count={count} isBusy={work.isPending} onEnd={() => bulk.setClosing(false)} onDo={(classification, comment) => work.mutate({ verb: 'close', classification, comment }, { onSettled: () => bulk.setClosing(false) })} />}
    </div>
  );
}

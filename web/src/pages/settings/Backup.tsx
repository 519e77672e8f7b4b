// "If this machine is gone tomorrow, what is left?"
import { Alert, Button, Code } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, must } from '../../api/client';
import { Confirm } from '../../parts/Confirm';
import { Field } from '../../parts/Field';
import { When } from '../../parts/marks';
import { Card, Empty, Failed, Loading } from '../../parts/states';
import { failed, told } from '../../parts/undo';
import { bytes } from './Retention';

const backups = { queryKey: ['backups'], queryFn: () => must(api.GET('/api/v1/backups')) };
// "2026-11-22T11-52-00Z"
const timeOf = (name: string) => name.replace(/T(\d\d)-(\d\d)-(\d\d)Z/, 'T$1:$2:$3Z');

export function Backup() {
  const client = useQueryClient();
  const all = useQuery({ ...backups, refetchInterval: (query) => (query.state.data?.running ? 1_000 : false) });
  const [removed, setRemoved] = useState<string>();
  const make = useMutation({ mutationFn: () => must(api.POST('/api/v1/backups')), onSuccess: (now) => client.setQueryData(backups.queryKey, now), onError: failed });
  const remove = useMutation({
    mutationFn: (id: string) => must(api.DELETE('/api/v1/backups/{id}', { params: { path: { id } } })),
    onSuccess: (now) => {
      client.setQueryData(backups.queryKey, now);
      setRemoved(undefined);
      told('The backup is deleted');
    },
  });
  if (all.isPending) return <Loading />;
  if (all.isError) return <Failed error={all.error} retry={() => void all.refetch()} />;
  const { folder, running, needed, disk_free: free, last, last_words: words, last_is_good: isGood, rows } = all.data;
  return (
    <div className="stack" data-testid="settings.backup">
      <Card title="Backups" side={<Button size="xs" loading={make.isPending || running !== ''} onClick={() => make.mutate()} data-testid="backup.make">Make one now</Button>}>
        <p className="soft">Incidents, users, settings, the journal and all days of events, as of one moment, while Vedette runs. It needs about {bytes(needed)}; {bytes(free)} are free.</p>
        {running && <Alert color="blue" variant="outline" data-testid="backup.running" title="A backup is being made">Begun <When time={timeOf(running)} />. You can leave this page.</Alert>}
        {last && (
          <Alert color={isGood ? 'green' : 'red'} variant="outline" data-testid="backup.last" title={isGood ? 'The last one is whole' : 'The last one failed'}>
            <When time={timeOf(last)} />: <Field value={words} most={400} />
          </Alert>
        )}
        {rows.length === 0 ? <Empty title="There is none yet." /> : (
          <table className="rows">
            <thead><tr><th>Made</th><th className="number">Size</th><th>Folder</th><th><span className="only-read">Actions</span></th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name} data-testid="backup.row">
                  <td><When time={timeOf(row.name)} /></td>
                  <td className="number">{bytes(row.bytes)}</td>
                  <td className="wide"><Field value={`${folder}/${row.name}`} mono most={90} /></td>
                  <td className="number"><Button size="compact-xs" variant="default" onClick={() => setRemoved(row.name)} aria-label={`Delete the backup of ${row.name}`} data-testid="backup.remove">Delete</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
      <Card title="Take it away, and back">
        <p>These lie on the same disk as what they are copies of: take them to another machine (<Code>rsync -a</Code>, as the service&apos;s user). There is no download here: a backup holds what everybody&apos;s log-in is checked by.</p>
        <p>Secrets (of tenants, mail, chats) and <Code>seal-key</Code> are in no backup. Back again, into a data folder that is new:</p>
        <Code block>{`vedette verify ${folder}/${rows[0]?.name ?? 'NAME'}\nvedette restore --data NEW ${folder}/${rows[0]?.name ?? 'NAME'}`}</Code>
      </Card>
      {removed && (
        <Confirm title="Delete this backup?" word={removed} verb="Delete it" calls={[]} isBusy={remove.isPending} error={remove.error?.message} onDo={() => remove.mutate(removed)} onEnd={() => setRemoved(undefined)} testid="backup.confirm">
          <p>Nothing brings it back.</p>
        </Confirm>
      )}
    </div>
  );
}

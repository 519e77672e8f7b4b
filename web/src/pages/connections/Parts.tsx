// The four things that can be connected: what there is of each, and the form for one more.
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Field } from '../../parts/Field';
import { Card, Empty, Failed, Loading } from '../../parts/states';
import { failed } from '../../parts/undo';
import { useDesk, valueOf, type Connection } from './desk';
import { ChannelForm, channelKinds, FileForm, MailForm, TenantForm } from './forms';

interface PartProps {
  parts: Connection['part'][];
  title: string;
  testid: string;
  add: string;
  empty: ReactNode;
  words: (row: Connection) => string;
  form: (row: Connection | undefined, onDone: () => void) => ReactNode;
  isOne?: boolean; // there is one of it
}

function Part({ parts, title, testid, add, empty, words, form, isOne = false }: PartProps) {
  const desk = useDesk();
  const [open, setOpen] = useState<string>();
  if (desk.all.isPending) return <Loading />;
  if (desk.all.isError) return <Failed error={desk.all.error} retry={() => void desk.all.refetch()} />;
  const rows = desk.all.data.rows.filter((row) => parts.includes(row.part));
  const canAdd = desk.all.data.can_change && !(isOne && rows.some((row) => row.of_page));
  const shut = () => setOpen(undefined);
  return (
    <Card title={title} testid={testid} side={canAdd && open !== '+' && <Button size="xs" variant="default" onClick={() => setOpen('+')} data-testid={`${testid}.add`}>{add}</Button>}>
      {rows.length === 0 && open !== '+' && empty}
      {rows.map((row) => (
        <section key={`${row.part} ${row.name}`} className="account" data-testid={`${testid}.row`}>
          <h3><Field value={row.name || title} most={60} /> <span className="soft small"><Field value={words(row)} most={160} /></span></h3>
          {row.of_page ? (
            <div className="bar">
              <Button size="compact-xs" variant="default" onClick={() => setOpen(open === row.name ? undefined : row.name)} data-testid={`${testid}.change`}>{open === row.name ? 'Leave it' : 'Change'}</Button>
              <Button size="compact-xs" variant="default" loading={desk.save.isPending} onClick={() => desk.save.mutate({ part: row.part, name: row.name }, { onError: failed })} aria-label={`Remove ${row.name || title}`} data-testid={`${testid}.remove`}>Remove</Button>
            </div>
          ) : <p className="soft small">It stands in the settings file, where it is changed.</p>}
          {open === row.name && row.of_page && form(row, shut)}
        </section>
      ))}
      {open === '+' && (
        <>
          {form(undefined, shut)}
          <Button size="compact-xs" variant="subtle" onClick={shut}>Leave it</Button>
        </>
      )}
    </Card>
  );
}

export function TenantPart() {
  return (
    <Part parts={['tenant']} title="Microsoft 365 and Entra ID" testid="connections.tenants" add="Connect a tenant" words={(row) => row.text || valueOf(row, 'id', '')}
      empty={<Empty title="No tenant is connected.">Sign-ins, changes in the directory and Sentinel&apos;s incidents come from a tenant.</Empty>}
      form={(row, onDone) => <TenantForm row={row} onDone={onDone} />} />
  );
}

export function MailPart() {
  return (
    <Part parts={['smtp', 'graph_mail']} title="Mail server" testid="connections.mail" add="Set one up" isOne words={(row) => row.text || `${valueOf(row, 'from', '')} through ${valueOf(row, 'host', '')}`}
      empty={<Empty title="No mail server yet.">Mails need a server that takes them.</Empty>} form={(row, onDone) => <MailForm row={row} onDone={onDone} />} />
  );
}

export function ChannelPart() {
  const label = (row: Connection) => channelKinds.find((each) => each.value === valueOf(row, 'kind', ''))?.label ?? '';
  return (
    <Part parts={['channel']} title="Who is told" testid="connections.channels" add="Add one" words={(row) => row.text || [label(row), ...valueOf<string[]>(row, 'to', [])].join(' ')}
      empty={<Empty title="Nobody is told yet.">Mail, Slack, Discord, Teams, a webhook or tickets.</Empty>} form={(row, onDone) => <ChannelForm row={row} onDone={onDone} />} />
  );
}

export function FilePart() {
  return (
    <Part parts={['file']} title="Hosts and log files" testid="connections.files" add="Follow a file" words={(row) => (row.of_page ? (valueOf<string>(row, 'read', 'new') === 'all' ? 'all of it' : 'from now on') : '')}
      empty={<Empty title="None is named.">Then Vedette follows where this system keeps its log-ins by itself, unless something else is connected. Other hosts send by syslog or HTTP: <code>[[syslog]]</code> and <code>[ingest]</code> of the settings file.</Empty>}
      form={(row, onDone) => <FileForm row={row} onDone={onDone} />} />
  );
}

export function SimulationPart() {
  const { all, simulate } = useDesk();
  const isOn = all.data?.is_simulated ?? false;
  return (
    <Card title="Simulated data" testid="connections.simulation">
      <p className="soft">A company of 80 people and four hosts under attack, made on this machine, to look around in. It lies apart: what is real is neither shown nor collected meanwhile, and of what is simulated nothing stays.</p>
      <Button variant="default" mt="sm" loading={simulate.isPending} onClick={() => simulate.mutate(!isOn, { onSuccess: () => location.assign('/'), onError: failed })} data-testid="connections.simulate">
        {isOn ? 'End it' : 'Show me with simulated data'}
      </Button>
    </Card>
  );
}

// What is looked for on hosts: SSH and Windows. These settings are the settings file's; what is
// changed here wins, and the service begins again with it.
import { Alert, Button, NumberInput, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, must, type Schemas } from '../../api/client';
import { Card, Failed, Loading } from '../../parts/states';
import { useDesk, type Values } from '../connections/desk';

type Row = Schemas['HostDetections']['rows'][number];
type Value = Schemas['SettingValue'];

const words: Record<string, [label: string, meaning: string]> = {
  threshold: ['Brute force: failures', 'Failed log-ins from one address that are brute force'],
  window: ['... within', 'The window they lie in'],
  spray_users: ['Spray: user names', 'User names that one address tries'],
  spray_window: ['... within', 'The window they lie in'],
  user_attempts: ['One user: failures', 'Failures of one user from many addresses'],
  user_addresses: ['... from addresses', 'So many addresses take part'],
  user_window: ['... within', 'The window they lie in'],
  network_attempts: ['A network: failures', 'Failures from one network, each address with few'],
  network_addresses: ['... from addresses', 'So many of its addresses take part'],
  network_window: ['... within', 'The window they lie in'],
  success_failures: ['Success after failures', 'So many failures before a log-in make it suspicious'],
  success_lookback: ['... within', 'How far it is looked back'],
  quiet_time: ['An attack is over after', 'So long without another failure'],
  update_interval: ['Alert frequency', 'An attack that goes on is told again at most this often'],
  lateness: ['Lateness', 'Lines that are this late still count where they belong'],
  allow: ['Allow list', 'Addresses, networks and names that are never told'],
  new_users: ['New users', 'Tell when a user is made'],
  root_logins: ['Root logs in', 'Tell when root logs in over SSH or at a terminal'],
  root_again: ['... again after', 'From the same place within this time it is no news'],
  administrator_groups: ['Groups of administrators', 'Tell when somebody becomes a member'],
  rdp_again: ['Known Remote Desktop', 'A known session is told too, once within this time; 0: never'],
  remember: ['Addresses are known for', 'How long an address is known for a person on a host'],
  learning: ['Learning', 'A host\u2019s first time: who uses whose credentials'],
  failures: ['Failures before a session', 'So many before it make the session severe'],
  lookback: ['... within', 'How far it is looked back'],
  lock_outs: ['Accounts locked out', 'So many locked out by one host make a storm'],
  lock_out_window: ['... within', 'The window they lie in'],
  explicit_credentials: ['Other people\u2019s credentials', 'Tell when somebody uses credentials of another for the first time'],
  log_cleared: ['Log cleared', 'Tell when an event log is cleared'],
};

function parsed(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
const shown = (value: Value) => (Array.isArray(value) ? value.join(', ') || 'nothing' : value === true ? 'on' : value === false ? 'off' : String(value));

function HostField({ row, value, error, canChange, set }: { row: Row; value: Value; error: string | undefined; canChange: boolean; set: (value: Value | undefined) => void }) {
  const [label, meaning] = words[row.name] ?? [row.name, ''];
  const common = { label, error, disabled: !canChange, 'data-testid': `hosts.field.${row.part}.${row.name}` };
  const kind = parsed(row.default);
  const usual = `Usually ${shown(kind)}`;
  const isOurs = row.changed || JSON.stringify(value) !== JSON.stringify(parsed(row.value));
  return (
    <div className="setting" data-setting={row.name}>
      {typeof kind === 'boolean' ? <Switch {...common} description={meaning} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />
        : typeof kind === 'number' ? <NumberInput {...common} description={`${meaning}. ${usual}`} value={value as number} min={0} max={100_000} allowDecimal={false} rightSection={null} onChange={(next) => set(next)} />
        : Array.isArray(kind) ? <TagsInput {...common} description={meaning} value={value as string[]} acceptValueOnBlur onChange={(next) => set(next)} />
        : <TextInput {...common} description={`${meaning}. ${usual}; as in 90s, 10m, 2h, 1d`} value={String(value)} onChange={(event) => set(event.currentTarget.value)} />}
      {isOurs && canChange && (
        <span className="setting-where">the settings file says {shown(parsed(row.file))} <Button size="compact-xs" variant="subtle" onClick={() => set(undefined)}>Use the file&apos;s</Button></span>
      )}
    </div>
  );
}

function HostCard({ part, title, all, canChange }: { part: Row['part']; title: string; all: Schemas['HostDetections']; canChange: boolean }) {
  const client = useQueryClient();
  const desk = useDesk(canChange);
  const rows = all.rows.filter((row) => row.part === part);
  // What is kept of this part, with what was typed; null: the file's again.
  const [draft, setDraft] = useState<Record<string, Value | null>>({});
  const isDirty = Object.keys(draft).length > 0;
  const save = () => {
    const settings: Values = {};
    for (const row of rows) {
      const typed = draft[row.name];
      if (typed !== undefined ? typed !== null : row.changed) settings[row.name] = typed ?? parsed(row.value);
    }
    const isNothing = Object.keys(settings).length === 0;
    desk.save.mutate(isNothing ? { part } : { part, settings }, {
      onSuccess: () => {
        setDraft({});
        void client.invalidateQueries({ queryKey: ['host-detections'] });
      },
    });
  };
  const general = desk.refusals[''] ?? (desk.save.isError && Object.keys(desk.refusals).length === 0 ? desk.save.error.message : undefined);
  return (
    <Card title={title} testid={`hosts.${part}`}>
      <div className="settings-grid">
        {rows.map((row) => (
          <HostField key={row.name} row={row} value={draft[row.name] === null ? parsed(row.file) : (draft[row.name] ?? parsed(row.value))} error={desk.refusals[row.name]} canChange={canChange}
            set={(value) => setDraft({ ...draft, [row.name]: value === undefined ? null : value })} />
        ))}
      </div>
      {general && <Alert color="red" variant="outline" role="alert">{general}</Alert>}
      {canChange && (
        <div className="form-end">
          <span className="soft small">Vedette begins again with it within seconds.</span>
          <Button size="xs" variant="default" disabled={!isDirty} onClick={() => setDraft({})}>Undo all</Button>
          <Button size="xs" disabled={!isDirty} loading={desk.save.isPending} onClick={save} data-testid={`hosts.${part}.save`}>Save</Button>
        </div>
      )}
    </Card>
  );
}

export function HostDetections({ isAdmin }: { isAdmin: boolean }) {
  const all = useQuery({ queryKey: ['host-detections'], queryFn: () => must(api.GET('/api/v1/detections/hosts')) });
  // While Vedette begins again what was typed stays.
  if (!all.data) return all.isError ? <Failed error={all.error} retry={() => void all.refetch()} /> : <Loading />;
  const canChange = isAdmin && all.data.can_change;
  return (
    <>
      <HostCard part="detect" title="Hosts: SSH, log-ins, users" all={all.data} canChange={canChange} />
      <HostCard part="windows" title="Windows: Remote Desktop, lock-outs" all={all.data} canChange={canChange} />
    </>
  );
}

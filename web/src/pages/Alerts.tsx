// "What fired, and is it worth firing?" Rows are attacks, not lines.
import { Button, Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { alerts, incidents, session } from '../api/queries';
import type { Schemas } from '../api/client';
import { BulkBar, useBulk } from '../parts/bulk';
import { Field } from '../parts/Field';
import { counted, SeverityMark, StatusMark, When } from '../parts/marks';
import { Empty, Failed, Loading, Page } from '../parts/states';
import { Views } from '../parts/Views';
import { entityText } from './Incidents';

type Alert = Schemas['AlertOfIncident'];

function keyOf(alert: Alert, group: string): string {
  if (group === 'rule') return alert.rule.replaceAll('_', ' ');
  if (group === 'none') return '';
  const type = group === 'person' ? 'account' : 'ip';
  return alert.entities.find((entity) => entity.type === type)?.value ?? 'none';
}

export default function Alerts() {
  const search = useSearch({ from: '/inside/alerts' });
  const navigate = useNavigate({ from: '/alerts' });
  const all = useQuery(alerts);
  const me = useQuery(session).data;
  const open = useQuery(incidents(true)).data?.rows ?? [];
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set()); // incidents, which are what people work on
  const bulk = useBulk(open.filter((row) => chosen.has(row.number)), me?.name ?? '', setChosen);
  const canWork = me !== undefined && me.role !== 'viewer';
  const group = search.group ?? 'rule';
  const set = (change: Partial<typeof search>) => void navigate({ search: (was) => ({ ...was, ...change }), replace: true });
  const { groups, count } = useMemo(() => {
    const text = search.q?.toLowerCase();
    const rows = (all.data?.rows ?? [])
      .filter((row) => !text || `${row.title} ${row.rule} ${entityText(row)}`.toLowerCase().includes(text))
      .sort((a, b) => Date.parse(b.last_event ?? '') - Date.parse(a.last_event ?? ''));
    const found = new Map<string, Alert[]>();
    for (const row of rows) {
      const key = keyOf(row, group);
      const known = found.get(key);
      if (known) known.push(row);
      else found.set(key, [row]);
    }
    return { groups: [...found].sort(([, a], [, b]) => b.length - a.length), count: rows.length };
  }, [all.data, search.q, group]);
  return (
    <Page
      title="Alerts"
      note={all.data && `${count} shown`}
      testid="alerts.page"
      tools={<TextInput size="xs" w={230} placeholder="Title, rule, address, user" aria-label="Filter" data-filter value={search.q ?? ''} onChange={(event) => set({ q: event.currentTarget.value || undefined })} />}
    >
      <div className="bar">
        <Views page="alerts" search={search} onOpen={(saved) => void navigate({ search: saved })} />
        <SegmentedControl
          size="xs"
          aria-label="Group by"
          value={group}
          onChange={(value) => set({ group: value === 'rule' ? undefined : value })}
          data={[{ value: 'rule', label: 'By rule' }, { value: 'person', label: 'By account' }, { value: 'address', label: 'By address' }, { value: 'none', label: 'Not grouped' }]}
        />
        {canWork && <BulkBar bulk={bulk} />}
      </div>
      {all.isPending && <Loading rows={8} />}
      {all.isError && <Failed error={all.error} retry={() => void all.refetch()} />}
      {all.data && count === 0 && (search.q ? (
        <Empty title={`No alert matches "${search.q}".`}>
          <Button size="xs" variant="default" onClick={() => set({ q: undefined })}>Drop the filter</Button>
        </Empty>
      ) : (
        <Empty title="Nothing fired yet."><Link to="/sources">What is being watched?</Link></Empty>
      ))}
      {count > 0 && (
        <div className="stack" data-ready>
          {groups.slice(0, 50).map(([key, rows]) => (
            <section key={key} className="sheet">
              {group !== 'none' && (
                <h2 className="group-head">
                  <Field value={key} most={60} /> <span className="soft">{counted(rows.length, 'alert')}, {counted(rows.reduce((sum, row) => sum + row.event_count, 0), 'attempt')}</span>
                </h2>
              )}
              <table className="rows listed">
                <thead><tr><th className="narrow"><span className="only-read">Select</span></th><th>Severity</th><th>Alert</th><th>Why</th><th className="number">Attempts</th><th>First</th><th>Last</th><th>State</th><th>Incident</th></tr></thead>
                <tbody>
                  {rows.slice(0, 50).map((row) => (
                    <tr key={row.id} data-id={row.id} data-incident={row.incident} className={chosen.has(row.incident) ? 'chosen' : undefined}>
                      <td className="narrow">{canWork && open.some((each) => each.number === row.incident) && <Checkbox size="xs" aria-label={`Select incident ${row.incident}, of ${row.rule}`} checked={chosen.has(row.incident)} onChange={() => bulk.toggle(row.incident)} />}</td>
                      <td><SeverityMark severity={row.severity} /></td>
                      <td className="wide"><Field value={row.title} most={80} /></td>
                      <td className="why"><Field value={row.reasons[0]} most={60} /></td>
                      <td className="number">{row.event_count.toLocaleString()}</td>
                      <td className="less"><When time={row.first_event} /></td>
                      <td className="last"><When time={row.last_event} /></td>
                      <td><StatusMark status={row.status} /></td>
                      <td><Link to="/incidents/$id" params={{ id: String(row.incident) }} data-row>#{row.incident}</Link></td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {rows.length > 50 && <p className="card-foot">50 of {rows.length}; a filter finds the others.</p>}
            </section>
          ))}
        </div>
      )}
    </Page>
  );
}

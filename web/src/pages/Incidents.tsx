// "Which one next?"
import { Button, Checkbox, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Incident } from '../api/client';
import { byNeed, incidents, session } from '../api/queries';
import { BulkBar, useBulk } from '../parts/bulk';
import { Field } from '../parts/Field';
import { SeverityMark, StatusMark, When } from '../parts/marks';
import { Empty, Failed, Loading, Page } from '../parts/states';
import { Views } from '../parts/Views';

const views = [
  { value: 'open', label: 'All open' },
  { value: 'unowned', label: 'Unowned' },
  { value: 'mine', label: 'Mine' },
  { value: 'closed', label: 'Closed' },
];

export function entityText(row: { entities: { value: string }[] }): string {
  return row.entities.map((entity) => entity.value).join(' ');
}

function isIn(row: Incident, view: string, me: string): boolean {
  if (view === 'closed') return row.status === 'Closed';
  if (row.status === 'Closed') return false;
  if (view === 'unowned') return !row.owner;
  return view === 'mine' ? row.owner === me : true;
}

export default function Incidents() {
  const search = useSearch({ from: '/inside/incidents' });
  const navigate = useNavigate({ from: '/incidents' });
  const me = useQuery(session).data;
  const view = search.view ?? 'open';
  const list = useQuery(incidents(view !== 'closed'));
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const canWork = me !== undefined && me.role !== 'viewer';
  const rows = useMemo(() => {
    const text = search.q?.toLowerCase();
    return (list.data?.rows ?? [])
      .filter((row) => isIn(row, view, me?.name ?? ''))
      .filter((row) => !search.severity || row.severity === search.severity)
      .filter((row) => !text || `#${row.number} ${row.title} ${entityText(row)} ${row.rule} ${row.owner ?? ''}`.toLowerCase().includes(text))
      .sort(view === 'closed' ? (a, b) => b.number - a.number : byNeed);
  }, [list.data, view, search, me]);
  const set = (change: Partial<typeof search>) => void navigate({ search: (was) => ({ ...was, ...change }), replace: true });
  const selected = rows.filter((row) => chosen.has(row.number));
  const bulk = useBulk(selected, me?.name ?? '', setChosen);
  const filters = [search.q && `"${search.q}"`, search.severity].filter(Boolean).join(', ');
  return (
    <Page
      title="Incidents"
      note={list.data && `${rows.length} shown`}
      testid="incidents.page"
      tools={
        <>
          <TextInput size="xs" placeholder="Number, title, address, user" aria-label="Filter" data-filter value={search.q ?? ''} onChange={(event) => set({ q: event.currentTarget.value || undefined })} w={230} data-testid="incidents.filter" />
          <Select size="xs" aria-label="Severity" placeholder="Any severity" clearable w={150} data={['High', 'Medium', 'Low', 'Informational']} value={search.severity ?? null} onChange={(value) => set({ severity: value ?? undefined })} />
        </>
      }
    >
      <div className="bar">
        <Views page="incidents" search={search} onOpen={(saved) => void navigate({ search: saved })} />
        <SegmentedControl size="xs" data={views} value={view} onChange={(value) => set({ view: value === 'open' ? undefined : value })} aria-label="View" />
        {canWork && <BulkBar bulk={bulk} />}
      </div>
      {list.isPending && <Loading rows={8} />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && (filters ? (
        <Empty title={`No incident matches ${filters}.`}>
          <Button size="xs" variant="default" onClick={() => set({ q: undefined, severity: undefined })}>Drop the filter</Button>
        </Empty>
      ) : (
        <Empty title={view === 'closed' ? 'No incident was closed yet.' : 'No open incidents.'}>
          {view !== 'closed' && <Link to="/incidents" search={{ view: 'closed' }}>Look at closed ones</Link>}
        </Empty>
      ))}
      {rows.length > 0 && (
        <div className="sheet" data-ready>
          <table className="rows listed">
            <thead>
              <tr>
                <th className="narrow">
                  {canWork && <Checkbox size="xs" aria-label="Select all" checked={selected.length === rows.length} indeterminate={selected.length > 0 && selected.length < rows.length} onChange={(event) => setChosen(event.currentTarget.checked ? new Set(rows.map((row) => row.number)) : new Set())} />}
                </th>
                <th>Severity</th><th>Incident</th><th>About</th><th>Status</th><th>Owner</th><th className="number">Attempts</th><th>Last event</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, 200).map((row) => (
                <tr key={row.number} data-id={row.number} data-incident={row.number} className={chosen.has(row.number) ? 'chosen' : undefined}>
                  <td className="narrow">
                    {canWork && <Checkbox size="xs" aria-label={`Select incident ${row.number}`} checked={chosen.has(row.number)} onChange={() => bulk.toggle(row.number)} />}
                  </td>
                  <td><SeverityMark severity={row.severity} /></td>
                  <td className="wide"><Link to="/incidents/$id" params={{ id: String(row.number) }} data-row data-testid="incidents.row">#{row.number} <Field value={row.title} most={90} /></Link></td>
                  <td><Field value={row.entities[0]?.value} most={40} mono />{row.entities.length > 1 && <span className="soft"> +{row.entities.length - 1}</span>}</td>
                  <td><StatusMark status={row.status} /></td>
                  <td className="owner"><Field value={row.owner} most={24} /></td>
                  <td className="number">{row.event_count.toLocaleString()}</td>
                  <td className="last"><When time={row.last_event} /></td>
                </tr>
              ))}
            </tbody>
          </table>
          {(rows.length > 200 || list.data?.more) && <p className="card-foot">The first {Math.min(rows.length, 200)} are shown; a filter finds the others.</p>}
        </div>
      )}
    </Page>
  );
}

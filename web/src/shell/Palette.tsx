// Ctrl K: go to a page, an incident, an address, a table.
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { incidents } from '../api/queries';
import { shownParts } from '../parts/Field';
import { groups } from './links';

const shown = (text: string) => shownParts(text.slice(0, 120)).map((part) => part.text).join('');
const resultsMax = 12;
const settings = [
  ['notifications', 'Notifications: channels, previews, test messages'],
  ['retention', 'Retention: how long things are kept'],
  ['users', 'Users and roles'],
  ['tokens', 'API tokens'],
  ['audit', 'Audit log'],
  ['me', 'My password'],
] as const;

export function Palette() {
  const navigate = useNavigate();
  const open = useQuery(incidents(true));
  const [text, setText] = useState('');
  const wanted = text.trim();
  const pages: SpotlightActionData[] = groups.flatMap((group) =>
    group.links.map((link) => ({
      id: link.to,
      label: link.label,
      description: `${group.name}, g ${link.key}`,
      leftSection: <link.icon size={18} aria-hidden="true" />,
      onClick: () => void navigate({ to: link.to }),
    })),
  );
  const parts: SpotlightActionData[] = settings.map(([part, label]) => ({ id: `settings ${part}`, label, description: 'Settings', onClick: () => void navigate({ to: '/settings/$part', params: { part } }) }));
  const rows: SpotlightActionData[] = (open.data?.rows ?? []).slice(0, 200).map((row) => ({
    id: `incident ${row.number}`,
    label: `#${row.number} ${shown(row.title)}`,
    description: [row.severity, row.status, row.owner && shown(row.owner)].filter(Boolean).join(', '),
    keywords: row.entities.slice(0, 8).map((entity) => entity.value),
    onClick: () => void navigate({ to: '/incidents/$id', params: { id: String(row.number) } }),
  }));
  const number = /^#?(\d{1,15})$/.exec(wanted)?.[1];
  const asked: SpotlightActionData[] = wanted === '' ? [] : [
    ...(number && !rows.some((row) => row.id === `incident ${number}`) ? [{ id: 'number', label: `Incident #${number}`, keywords: wanted, onClick: () => void navigate({ to: '/incidents/$id', params: { id: number } }) }] : []),
    { id: 'incidents about', label: `Incidents about "${shown(wanted)}"`, keywords: wanted, onClick: () => void navigate({ to: '/incidents', search: { q: wanted } }) },
    { id: 'rows with', label: `Log rows with "${shown(wanted)}"`, keywords: wanted, onClick: () => void navigate({ to: '/logs', search: { q: wanted } }) },
  ];
  const actions: SpotlightActionGroupData[] = [
    { group: 'Pages', actions: pages },
    { group: 'Incidents', actions: rows },
    { group: 'Settings', actions: parts },
    { group: 'Look for it', actions: asked },
  ];
  return (
    <Spotlight
      actions={actions}
      query={text}
      onQueryChange={setText}
      shortcut={['mod + K']}
      tagsToIgnore={['TEXTAREA']} // in a filter, too; editors have a use for it
      limit={resultsMax}
      highlightQuery={false}
      scrollable
      maxHeight={420}
      nothingFound="Nothing of that name"
      searchProps={{ placeholder: 'A page, #number, address, user', 'aria-label': 'Go to', 'data-testid': 'palette.text' } as never}
    />
  );
}

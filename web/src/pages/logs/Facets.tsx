// What values a column has among the rows that are shown, the most frequent first.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { name, type Filter } from '../../api/kql';
import { logs, objects } from '../../api/queries';
import { Field, plainText } from '../../parts/Field';

const valuesMax = 8;

interface Props {
  query: string;
  from: string;
  to: string;
  columns: string[];
  typeOf: (column: string) => string;
  total: number;
  onFilter: (filter: Filter) => void;
}

function Facet({ column, isOpen, onToggle, query, from, to, typeOf, total, onFilter }: Omit<Props, 'columns'> & { column: string; isOpen: boolean; onToggle: () => void }) {
  const counts = useQuery(logs({ query: `${query}\n| summarize Rows = count() by Value = tostring(${name(column)})\n| order by Rows desc\n| take ${valuesMax}`, from, to }, isOpen));
  const rows = counts.data ? objects(counts.data) : [];
  return (
    <li className="facet">
      <button type="button" className="facet-head" aria-expanded={isOpen} onClick={onToggle} data-testid={`logs.facet.${column.toLowerCase()}`}>{isOpen ? '\u25be' : '\u25b8'} {column}</button>
      {isOpen && counts.isPending && <p className="soft small" aria-busy="true">counting{'\u2026'}</p>}
      {isOpen && counts.isError && <p className="bad-line small">{counts.error.message}</p>}
      {isOpen && (
        <ul>
          {rows.map((row) => {
            const value = plainText(row.Value);
            const share = total > 0 ? Number(row.Rows) / total : 0;
            return (
              <li key={value} className="facet-value">
                <span className="facet-text"><Field value={value} most={34} mono /></span>
                <span className="soft small" title={Number(row.Rows).toLocaleString()}>{share >= 0.995 ? '100 %' : share >= 0.01 ? `${Math.round(share * 100)} %` : '< 1 %'}</span>
                <button type="button" aria-label={`Only ${column} ${value}`} title="Filter in" data-testid="logs.facet.in" onClick={() => onFilter({ column, is: true, value, type: typeOf(column) })}>+</button>
                <button type="button" aria-label={`Without ${column} ${value}`} title="Filter out" onClick={() => onFilter({ column, is: false, value, type: typeOf(column) })}>{'\u2212'}</button>
                <svg className="facet-share" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect width={share * 100} height="3" fill="var(--series-1)" /></svg>
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}

export function Facets({ columns, ...rest }: Props) {
  const [open, setOpen] = useState<string | undefined>();
  return (
    <aside className="card facets" aria-label="Facets" data-testid="logs.facets">
      <h2>Values</h2>
      <ul>
        {columns.filter((column) => rest.typeOf(column) !== 'datetime').map((column) => (
          <Facet key={column} {...rest} column={column} isOpen={open === column} onToggle={() => setOpen(open === column ? undefined : column)} />
        ))}
      </ul>
    </aside>
  );
}

// Rows as a table. What a screen can show is drawn first, the rest when the browser has time; what can be
// done with a value is there when the pointer or the keyboard is in its row.
import { memo, startTransition, useEffect, useMemo, useRef, useState } from 'react';
import type { Filter } from '../../api/kql';
import { CellActions } from '../../parts/CellActions';
import { Field, plainText } from '../../parts/Field';
import { whenIdle } from '../../parts/idle';
import { rowsMax } from './question';

const firstRows = 40;

export interface Column {
  name: string;
  type: string;
}
interface Acts {
  onFilter: (filter: Filter) => void;
  onPivot: (value: string) => void;
}
export interface TableProps extends Acts {
  rows: Record<string, unknown>[];
  columns: Column[]; // that are shown
  all: Column[];
  isOld: boolean;
  isCut: boolean;
}

interface RowProps {
  row: Record<string, unknown>;
  columns: Column[];
  place: number;
  isOpen: boolean;
  onOpen: (place: number) => void;
  acts: Acts;
}

const Row = memo(function Row({ row, columns, place, isOpen, onOpen, acts }: RowProps) {
  const [isNear, setNear] = useState(false);
  const near = isNear ? undefined : () => setNear(true);
  return (
    <tr className={isOpen ? 'chosen' : undefined} onPointerEnter={near} onFocus={near}>
      <td className="narrow">
        <button type="button" className="opener" data-row aria-expanded={isOpen} aria-label={`Details of row ${place + 1}`} onClick={() => onOpen(place)}>{isOpen ? '\u25be' : '\u25b8'}</button>
      </td>
      {columns.map(({ name, type }) => (
        <td key={name} className={type === 'long' || type === 'real' ? 'number cell' : 'cell'}>
          {type === 'datetime' ? <span className="mono when">{plainText(row[name]).replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1Z')}</span> : <Field value={row[name]} most={columns.length > 5 ? 60 : 140} mono />}
          {isNear && plainText(row[name]) !== '' && <CellActions column={name} value={row[name]} type={type} {...acts} />}
        </td>
      ))}
    </tr>
  );
});

function Details({ row, all, width, acts }: { row: Record<string, unknown>; all: Column[]; width: number; acts: Acts }) {
  return (
    <tr className="detail">
      <td colSpan={width}>
        <dl className="fields">
          {Object.entries(row).filter(([, value]) => plainText(value) !== '').map(([column, value]) => (
            <div key={column}><dt>{column}</dt><dd className="cell"><Field value={value} most={600} mono /><CellActions column={column} value={value} type={all.find((each) => each.name === column)?.type ?? 'string'} {...acts} /></dd></div>
          ))}
        </dl>
      </td>
    </tr>
  );
}

// The same functions for all rows at all times, so that a row is drawn again only when it changed.
function useSame({ onFilter, onPivot }: Acts): Acts {
  const newest = useRef({ onFilter, onPivot });
  useEffect(() => {
    newest.current = { onFilter, onPivot };
  });
  return useMemo(() => ({ onFilter: (filter) => newest.current.onFilter(filter), onPivot: (value) => newest.current.onPivot(value) }), []);
}

export function LogTable({ rows, columns, all, onFilter, onPivot, isOld, isCut }: TableProps) {
  const [open, setOpen] = useState<number>();
  const [drawn, setDrawn] = useState(firstRows);
  const acts = useSame({ onFilter, onPivot });
  const [toggle] = useState(() => (place: number) => setOpen((was) => (was === place ? undefined : place)));
  useEffect(() => setOpen(undefined), [rows.length]);
  const isMore = rows.length > drawn;
  useEffect(() => (isMore ? whenIdle(() => startTransition(() => setDrawn(Infinity))) : undefined), [isMore]);
  return (
    <div className={isOld ? 'sheet scroll old' : 'sheet scroll'} data-ready={(!isOld && !isMore) || undefined} tabIndex={0} role="region" aria-label="Rows">
      <table className="rows logs">
        <thead>
          <tr><th className="narrow"><span className="only-read">Details</span></th>{columns.map(({ name }) => <th key={name}>{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.slice(0, drawn).map((row, i) => [
            <Row key={i} row={row} columns={columns} place={i} isOpen={open === i} onOpen={toggle} acts={acts} />,
            open === i && <Details key={`${i} open`} row={row} all={all} width={columns.length + 1} acts={acts} />,
          ])}
        </tbody>
      </table>
      {isCut && <p className="card-foot">The newest {rowsMax} are shown. A bar, a filter or a shorter time shows the others; Export takes up to 30,000.</p>}
    </div>
  );
}

// Rows as a grid: as many as there are, of which only those in sight are in the page. What can be done
// with a value is shown where the pointer or the focus is.
import { Button } from '@mantine/core';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { HuntTable } from '../../api/hunts';
import type { Filter } from '../../api/kql';
import { CellActions, copyText } from '../../parts/CellActions';
import { Field, plainText, shownParts } from '../../parts/Field';
import { isNumber, orderBy, statisticsOf } from './statistics';

const rowHeight = 28;
const heightMax = 460;
const scrollBar = 18;
const beyond = 8; // rows that are made before they are in sight
const shownMax = 200; // characters of a value
const narrowest = 8;
const widest = 46;

interface Props {
  table: HuntTable;
  onFilter: (filter: Filter) => void;
  onPivot: (value: string) => void;
}

interface Sorted {
  column: number;
  isDown: boolean;
}
interface Active {
  row: number; // place on the screen's list
  column: number;
}

// In characters, by the name and the first rows.
function widthsOf(table: HuntTable): number[] {
  return table.columns.map((column, i) => {
    let longest = column.name.length + 3;
    for (const row of table.rows.slice(0, 60)) longest = Math.max(longest, Math.min(plainText(row[i]).length, widest));
    return Math.min(Math.max(longest, narrowest), widest) + 2;
  });
}

function shownText(value: unknown, type: string): string {
  const text = plainText(value);
  return type === 'datetime' ? text.replace('T', ' ').replace(/(\.\d{3})\d*Z$/, '$1Z') : text;
}

const Cell = memo(function Cell({ value, type }: { value: unknown; type: string }) {
  const text = shownText(value, type);
  if (text === '') return <span className="missing">{'\u2013'}</span>;
  const parts = shownParts(text.slice(0, shownMax));
  return <bdi>{parts.map((part, i) => (part.isMark ? <span key={i} className="mark">{part.text}</span> : part.text))}{text.length > shownMax && '\u2026'}</bdi>;
});

interface RowProps {
  place: number;
  row: unknown[];
  columns: HuntTable['columns'];
  active: number; // its column, or -1
  hover: number;
  onFilter: (filter: Filter) => void;
  onPivot: (value: string) => void;
}

const GridRow = memo(function GridRow({ place, row, columns, active, hover, onFilter, onPivot }: RowProps) {
  return (
    <div className="grid-row" role="row" aria-rowindex={place + 2} data-place={place}>
      {columns.map((column, i) => (
        <div key={i} role="gridcell" aria-colindex={i + 1} id={active === i ? 'hunt-active' : undefined} data-column={i} className={`grid-cell${isNumber(column.type) ? ' number' : ''}${active === i ? ' active' : ''}`}>
          <Cell value={row[i]} type={column.type} />
          {(active === i || hover === i) && plainText(row[i]) !== '' && <CellActions column={column.name} value={row[i]} type={column.type} onFilter={onFilter} onPivot={onPivot} />}
        </div>
      ))}
    </div>
  );
});

export function Grid({ table, onFilter, onPivot }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(480);
  const [active, setActive] = useState<Active>({ row: 0, column: 0 });
  const [hover, setHover] = useState<Active>();
  const [sorted, setSorted] = useState<Sorted>();
  const [looked, setLooked] = useState<number>();
  const [open, setOpen] = useState<number>();
  const { columns, rows } = table;
  useEffect(() => {
    setSorted(undefined);
    setLooked(undefined);
    setOpen(undefined);
    setActive({ row: 0, column: 0 });
    setHover(undefined);
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [table]);
  const order = useMemo(() => sorted && orderBy(rows, sorted.column, columns[sorted.column]?.type ?? 'string', sorted.isDown), [rows, columns, sorted]);
  const widths = useMemo(() => widthsOf(table), [table]);
  const template = widths.map((each, i) => (i < widths.length - 1 ? `${each}ch` : `minmax(${each}ch, 1fr)`)).join(' ');
  const rowOf = useCallback((place: number) => rows[order ? (order[place] ?? place) : place], [rows, order]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setHeight(entry.contentRect.height));
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  const shown = Math.ceil(height / rowHeight) + 2 * beyond;
  const from = Math.max(0, Math.min(first - beyond, rows.length - shown));
  const to = Math.min(rows.length, from + shown);

  const move = (row: number, column: number) => {
    const place = { row: Math.min(Math.max(row, 0), rows.length - 1), column: Math.min(Math.max(column, 0), columns.length - 1) };
    setActive(place);
    const box = scroller.current;
    if (!box) return;
    const top = place.row * rowHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 2 * rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * rowHeight - box.clientHeight;
    const unit = box.querySelector<HTMLElement>('[role=columnheader]')?.getBoundingClientRect().width ?? 0;
    const character = unit / (widths[0] ?? 1);
    const left = widths.slice(0, place.column).reduce((sum, each) => sum + each, 0) * character;
    const right = left + (widths[place.column] ?? 0) * character;
    if (left < box.scrollLeft) box.scrollLeft = left;
    else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.target !== scroller.current || event.ctrlKey !== (event.ctrlKey && /Home|End/.test(event.key)) || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / rowHeight) - 2);
    const value = rowOf(active.row)?.[active.column];
    const column = columns[active.column];
    const filter = (is: boolean) => column && plainText(value) !== '' && onFilter({ column: column.name, is, value: plainText(value), type: column.type });
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(active.row + 1, active.column),
      ArrowUp: () => move(active.row - 1, active.column),
      ArrowRight: () => move(active.row, active.column + 1),
      ArrowLeft: () => move(active.row, active.column - 1),
      PageDown: () => move(active.row + page, active.column),
      PageUp: () => move(active.row - page, active.column),
      Home: () => move(event.ctrlKey ? 0 : active.row, 0),
      End: () => move(event.ctrlKey ? rows.length - 1 : active.row, columns.length - 1),
      Enter: () => setOpen(active.row),
      '+': () => filter(true),
      '-': () => filter(false),
      y: () => copyText(value),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const cellAt = (event: React.MouseEvent): Active | undefined => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-column]');
    const row = cell?.closest<HTMLElement>('[data-place]');
    return cell && row ? { row: Number(row.dataset.place), column: Number(cell.dataset.column) } : undefined;
  };
  const opened = open === undefined ? undefined : rowOf(open);

  return (
    <div className="hunt-grid">
      {looked !== undefined && columns[looked] && (
        <ColumnPanel key={looked} table={table} at={looked} sorted={sorted} onSort={setSorted} onFilter={onFilter} onEnd={() => setLooked(undefined)} />
      )}
      <div
        ref={scroller}
        className="grid-scroll"
        style={{ height: Math.min(heightMax, (rows.length + 1) * rowHeight + scrollBar) }}
        role="grid"
        tabIndex={0}
        aria-label="Rows"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-activedescendant={active.row >= from && active.row < to ? 'hunt-active' : undefined}
        data-testid="hunt.grid"
        onScroll={(event) => setFirst(Math.floor(event.currentTarget.scrollTop / rowHeight))}
        onKeyDown={onKey}
        onMouseMove={(event) => {
          const at = cellAt(event);
          if (at && (at.row !== hover?.row || at.column !== hover.column)) setHover(at);
        }}
        onMouseLeave={() => setHover(undefined)}
        onClick={(event) => {
          const at = cellAt(event);
          if (at) setActive(at);
        }}
        onDoubleClick={(event) => setOpen(cellAt(event)?.row)}
      >
        <div className="grid-all" role="presentation" style={{ '--grid-columns': template, width: `${widths.reduce((sum, each) => sum + each, 0)}ch`, minWidth: '100%' } as React.CSSProperties}>
          <div className="grid-row grid-head" role="row" aria-rowindex={1}>
            {columns.map((column, i) => (
              <div key={i} role="columnheader" aria-colindex={i + 1} aria-sort={sorted?.column === i ? (sorted.isDown ? 'descending' : 'ascending') : 'none'}>
                <button type="button" title={`${column.name}: ${column.type}`} aria-expanded={looked === i} onClick={() => setLooked(looked === i ? undefined : i)} data-testid="hunt.grid.column">
                  <bdi>{shownParts(column.name).map((part) => part.text).join('')}</bdi>{sorted?.column === i && (sorted.isDown ? ' \u2193' : ' \u2191')}
                </button>
              </div>
            ))}
          </div>
          <div role="presentation" style={{ height: rows.length * rowHeight }}>
            <div role="presentation" style={{ transform: `translateY(${from * rowHeight}px)` }}>
              {Array.from({ length: to - from }, (_, i) => (
                <GridRow key={from + i} place={from + i} row={rowOf(from + i) ?? []} columns={columns} active={active.row === from + i ? active.column : -1} hover={hover?.row === from + i ? hover.column : -1} onFilter={onFilter} onPivot={onPivot} />
              ))}
            </div>
          </div>
        </div>
      </div>
      {open !== undefined && opened && (
        <section className="card hunt-row" aria-label={`Row ${open + 1}`} data-testid="hunt.row">
          <header className="card-head"><h2>Row {(open + 1).toLocaleString()}</h2><Button size="compact-sm" variant="default" onClick={() => setOpen(undefined)}>Close</Button></header>
          <dl className="fields">
            {columns.map((column, i) => plainText(opened[i]) !== '' && (
              <div key={i}><dt>{column.name}</dt><dd className="cell"><Field value={opened[i]} most={600} mono /><CellActions column={column.name} value={opened[i]} type={column.type} onFilter={onFilter} onPivot={onPivot} /></dd></div>
            ))}
          </dl>
        </section>
      )}
    </div>
  );
}

function ColumnPanel({ table, at, sorted, onSort, onFilter, onEnd }: { table: HuntTable; at: number; sorted: Sorted | undefined; onSort: (sorted: Sorted | undefined) => void; onFilter: (filter: Filter) => void; onEnd: () => void }) {
  const column = table.columns[at];
  const found = useMemo(() => statisticsOf(table.rows, at, column?.type ?? 'string'), [table, at, column]);
  if (!column) return null;
  const share = (count: number) => (found.total > 0 ? count / found.total : 0);
  return (
    <section className="hunt-column" aria-label={`Column ${column.name}`} data-testid="hunt.column">
      <div className="hunt-column-facts">
        <h3><Field value={column.name} mono /> <span className="soft">{column.type}</span></h3>
        <dl>
          <div><dt>Filled</dt><dd>{found.filled.toLocaleString()} of {found.total.toLocaleString()}</dd></div>
          <div><dt>Different</dt><dd>{found.isMoreDistinct && '\u2265 '}{found.distinct.toLocaleString()}</dd></div>
          {found.filled > 0 && <div><dt>Least</dt><dd><Field value={found.least} most={34} mono /></dd></div>}
          {found.filled > 0 && <div><dt>Most</dt><dd><Field value={found.most} most={34} mono /></dd></div>}
          {found.average !== undefined && <div><dt>Average</dt><dd>{found.average.toLocaleString()}</dd></div>}
        </dl>
        <div className="bar">
          <Button size="compact-sm" variant={sorted?.column === at && !sorted.isDown ? 'filled' : 'default'} onClick={() => onSort({ column: at, isDown: false })}>Sort up</Button>
          <Button size="compact-sm" variant={sorted?.column === at && sorted.isDown ? 'filled' : 'default'} onClick={() => onSort({ column: at, isDown: true })}>Sort down</Button>
          {sorted && <Button size="compact-sm" variant="default" onClick={() => onSort(undefined)}>As it came</Button>}
          <Button size="compact-sm" variant="default" onClick={onEnd}>Close</Button>
        </div>
      </div>
      <ul className="hunt-column-top">
        {found.top.map(({ value, count }) => (
          <li key={value} className="facet-value">
            <span className="facet-text"><Field value={value} most={44} mono /></span>
            <span className="soft small">{count.toLocaleString()}, {share(count) >= 0.01 ? `${Math.round(share(count) * 100)} %` : '< 1 %'}</span>
            <button type="button" aria-label={`Only ${column.name} ${value}`} title="Filter in" onClick={() => onFilter({ column: column.name, is: true, value, type: column.type })}>+</button>
            <button type="button" aria-label={`Without ${column.name} ${value}`} title="Filter out" onClick={() => onFilter({ column: column.name, is: false, value, type: column.type })}>{'\u2212'}</button>
            <svg className="facet-share" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect width={share(count) * 100} height="3" fill="var(--series-1)" /></svg>
          </li>
        ))}
      </ul>
    </section>
  );
}

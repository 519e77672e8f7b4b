// What can be done with a value in a table: the same four everywhere.
import type { Filter } from '../api/kql';
import { plainText } from './Field';
import { failed, told } from './undo';

export function copyText(value: unknown): void {
  void navigator.clipboard.writeText(plainText(value)).then(() => told('Copied'), failed);
}

// Not a character: few fonts have one.
const copySign = (
  <svg viewBox="0 0 16 16" width="13" height="13" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
    <path d="M10.5 3V2.5a1 1 0 0 0-1-1h-7a1 1 0 0 0-1 1v7a1 1 0 0 0 1 1H3" />
  </svg>
);

interface Props {
  column: string;
  value: unknown;
  type: string;
  onFilter: (filter: Filter) => void;
  onPivot: (value: string) => void;
}

export function CellActions({ column, value, type, onFilter, onPivot }: Props) {
  const filter = (is: boolean) => onFilter({ column, is, value: plainText(value), type });
  return (
    <span className="cell-actions">
      <button type="button" aria-label={`Only this ${column}`} title="Filter in" onClick={() => filter(true)}>+</button>
      <button type="button" aria-label={`Without this ${column}`} title="Filter out" onClick={() => filter(false)}>{'\u2212'}</button>
      {type !== 'datetime' && <button type="button" aria-label={`Where else is this ${column}`} title="Where else?" onClick={() => onPivot(plainText(value))}>{'\u21c4'}</button>}
      <button type="button" aria-label={`Copy this ${column}`} title="Copy" onClick={() => copyText(value)}>{copySign}</button>
    </span>
  );
}

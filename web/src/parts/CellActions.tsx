// What can be done with a value in a table: the same four everywhere.
import type { Filter } from '../api/kql';
import { plainText } from './Field';
import { failed, told } from './undo';

export function copyText(value: unknown): void {
  void navigator.clipboard.writeText(plainText(value)).then(() => told('Copied'), failed);
}

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
      <button type="button" aria-label={`Copy this ${column}`} title="Copy" onClick={() => copyText(value)}>{'\u29c9'}</button>
    </span>
  );
}

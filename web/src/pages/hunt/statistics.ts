// What a column of an answer holds.
import { plainText } from '../../parts/Field';

export interface ColumnStatistics {
  filled: number;
  total: number;
  distinct: number;
  isMoreDistinct: boolean; // counted no further
  least: string;
  most: string;
  average: number | undefined;
  top: { value: string; count: number }[];
}

const distinctMax = 50_000;
const topMax = 8;
const numbers = ['long', 'int', 'real', 'decimal'];

export const isNumber = (type: string) => numbers.includes(type);

export function statisticsOf(rows: unknown[][], at: number, type: string): ColumnStatistics {
  const counts = new Map<string, number>();
  let filled = 0;
  let sum = 0;
  let isMoreDistinct = false;
  let least: string | undefined;
  let most: string | undefined;
  const compare = comparing(type);
  for (const row of rows) {
    const text = plainText(row[at]);
    if (text === '') continue;
    filled += 1;
    if (isNumber(type)) sum += Number(text);
    if (least === undefined || compare(text, least) < 0) least = text;
    if (most === undefined || compare(text, most) > 0) most = text;
    const known = counts.get(text);
    if (known !== undefined) counts.set(text, known + 1);
    else if (counts.size < distinctMax) counts.set(text, 1);
    else isMoreDistinct = true;
  }
  return {
    filled,
    total: rows.length,
    distinct: counts.size,
    isMoreDistinct,
    least: least ?? '',
    most: most ?? '',
    average: isNumber(type) && filled > 0 ? sum / filled : undefined,
    top: [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, topMax).map(([value, count]) => ({ value, count })),
  };
}

export function comparing(type: string): (a: string, b: string) => number {
  if (isNumber(type)) return (a, b) => Number(a) - Number(b);
  return (a, b) => (a < b ? -1 : a > b ? 1 : 0);
}

// The rows' places in the order of that column; empty ones at the end.
export function orderBy(rows: unknown[][], at: number, type: string, isDown: boolean): Uint32Array {
  const texts = rows.map((row) => plainText(row[at]));
  const compare = comparing(type);
  const sign = isDown ? -1 : 1;
  return Uint32Array.from(texts.keys()).sort((a, b) => {
    const x = texts[a] ?? '';
    const y = texts[b] ?? '';
    if (x === '' || y === '') return x === y ? a - b : x === '' ? 1 : -1;
    return sign * compare(x, y) || a - b;
  });
}

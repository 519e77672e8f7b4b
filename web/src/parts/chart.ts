// An answer as a chart: which columns are its axis, its series and its values, as `render` has them and
// `vedette hunt` draws them. Bounded, and says what it left out.
import { plainText } from './Field';

export type ChartKind = 'line' | 'area' | 'scatter' | 'bar' | 'column' | 'pie';

export interface Answered {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  render?: string;
}
export interface Series {
  name: string;
  points: { x: number; y: number }[]; // x: ms, a number, or the label's place
}
export interface Chart {
  kind: ChartKind;
  labels: string[]; // of bars and shares
  isTime: boolean;
  series: Series[];
  leftOut: string;
}

const pointsMax = 2_000;
const seriesMax = 12;
const barsMax = 40;
const sharesMax = 12;
const numbers = ['long', 'int', 'real', 'decimal'];

const kinds: Record<string, ChartKind> = {
  timechart: 'line',
  linechart: 'line',
  anomalychart: 'line',
  areachart: 'area',
  stackedareachart: 'area',
  scatterchart: 'scatter',
  barchart: 'bar',
  columnchart: 'column',
  piechart: 'pie',
};

// Nothing for a table, a card, and what is not drawn here.
export function kindOf(render: string | undefined): ChartKind | undefined {
  return kinds[(render ?? '').trim().split(/[\s(]/)[0] ?? ''];
}

// What suits an answer that does not say.
export function usualKind(answer: Answered): ChartKind {
  return answer.columns.some((column) => column.type === 'datetime') ? 'line' : 'bar';
}

export function chartOf(answer: Answered, kind: ChartKind): Chart | string {
  const { columns, rows } = answer;
  const isAlong = kind === 'line' || kind === 'area' || kind === 'scatter';
  const first = isAlong ? columns.findIndex((column) => column.type === 'datetime') : -1;
  const axis = first >= 0 ? first : columns.findIndex((column, i) => isAlong ? numbers.includes(column.type) : i === 0 || !numbers.includes(column.type));
  if (rows.length === 0) return 'There are no rows to draw.';
  const values = columns.map((_, i) => i).filter((i) => i !== axis && numbers.includes(columns[i]?.type ?? ''));
  if (axis < 0 || values.length === 0) return 'A chart needs a column of numbers beside its axis. Summarize first: | summarize count() by bin(TimeGenerated, 1h)';
  return isAlong ? along(answer, kind, axis, values) : ranked(answer, kind, axis, values);
}

function along({ columns, rows }: Answered, kind: ChartKind, axis: number, values: number[]): Chart {
  const isTime = columns[axis]?.type === 'datetime';
  const names = columns.map((_, i) => i).filter((i) => i !== axis && columns[i]?.type === 'string');
  const byName = new Map<string, Series>();
  let isCutSeries = false;
  let isCutPoints = false;
  for (const row of rows) {
    const x = isTime ? Date.parse(plainText(row[axis])) : Number(row[axis]);
    if (!Number.isFinite(x) || plainText(row[axis]) === '') continue;
    const name = names.map((i) => plainText(row[i])).join(', ');
    for (const value of values) {
      if (plainText(row[value]) === '') continue;
      const whole = values.length > 1 || name === '' ? [name, columns[value]?.name].filter(Boolean).join(': ') : name;
      let series = byName.get(whole);
      if (!series) {
        if (byName.size >= seriesMax) {
          isCutSeries = true;
          continue;
        }
        series = { name: whole, points: [] };
        byName.set(whole, series);
      }
      if (series.points.length >= pointsMax) isCutPoints = true;
      else series.points.push({ x, y: Number(row[value]) });
    }
  }
  const series = [...byName.values()].map((each) => ({ ...each, points: each.points.sort((a, b) => a.x - b.x) }));
  return { kind, labels: [], isTime, series, leftOut: [isCutSeries && `only the first ${seriesMax} series are drawn`, isCutPoints && `only ${pointsMax.toLocaleString()} points of each`].filter(Boolean).join('; ') };
}

function ranked({ columns, rows }: Answered, kind: ChartKind, axis: number, values: number[]): Chart {
  const most = kind === 'pie' ? sharesMax : barsMax;
  const used = kind === 'pie' ? values.slice(0, 1) : values.slice(0, seriesMax);
  const sorted = kind === 'pie' ? [...rows].sort((a, b) => Number(b[used[0] ?? 0]) - Number(a[used[0] ?? 0])) : rows;
  const shown = sorted.slice(0, most);
  const labels = shown.map((row) => plainText(row[axis]) || '(empty)');
  const series = used.map((value) => ({ name: columns[value]?.name ?? '', points: shown.map((row, x) => ({ x, y: Math.max(0, Number(row[value]) || 0) })) }));
  if (kind === 'pie' && sorted.length > most && series[0]) {
    labels.push('the rest');
    series[0].points.push({ x: most, y: sorted.slice(most).reduce((sum, row) => sum + Math.max(0, Number(row[used[0] ?? 0]) || 0), 0) });
  }
  const leftOut = rows.length > most ? (kind === 'pie' ? `the smallest ${(rows.length - most).toLocaleString()} are one share` : `the first ${most} of ${rows.length.toLocaleString()} are drawn`) : '';
  return { kind, labels, isTime: false, series, leftOut };
}

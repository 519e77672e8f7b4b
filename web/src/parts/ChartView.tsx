// Draws a chart of an answer. The numbers stand in the rows beside it; here they are a picture with a
// sentence, in the colours of the page.
import { utc } from '../api/time';
import { chartOf, type Answered, type Chart, type ChartKind } from './chart';
import { shownParts } from './Field';
import { counted } from './marks';

const width = 1000;
const colours = 6;
const dashes = [undefined, '7 4', '2 4'];

const colour = (i: number) => `var(--series-${(i % colours) + 1})`;
const dash = (i: number) => dashes[Math.floor(i / colours) % dashes.length];
const shown = (text: string) => shownParts(text.slice(0, 60)).map((part) => part.text).join('');
const short = (value: number) => value.toLocaleString(undefined, { maximumFractionDigits: 2, notation: Math.abs(value) >= 100_000 ? 'compact' : 'standard' });

function sentence(chart: Chart): string {
  const points = chart.series.reduce((sum, each) => sum + each.points.length, 0);
  const names = chart.series.slice(0, 3).map((each) => shown(each.name)).join(', ');
  const top = Math.max(...chart.series.flatMap((each) => each.points.map((point) => point.y)));
  return `${counted(points, 'value')} of ${names}${chart.series.length > 3 ? ` and ${chart.series.length - 3} more` : ''}; the highest is ${short(top)}`;
}

export function ChartView({ answer, kind, height = 300 }: { answer: Answered; kind: ChartKind; height?: number }) {
  const chart = chartOf(answer, kind);
  if (typeof chart === 'string') return <p className="soft" role="note">{chart}</p>;
  const title = sentence(chart);
  return (
    <figure className="chart" data-testid="chart" data-kind={chart.kind}>
      {chart.kind === 'pie' ? <Shares chart={chart} title={title} /> : chart.kind === 'bar' ? <Bars chart={chart} title={title} /> : <Along chart={chart} title={title} height={height} />}
      {chart.kind !== 'pie' && (chart.series.length > 1 || chart.kind !== 'bar') && (
        <ul className="bars-key">
          {chart.series.map((series, i) => (
            <li key={series.name}>
              <svg width="22" height="10" aria-hidden="true"><line x1="0" x2="22" y1="5" y2="5" stroke={colour(i)} strokeWidth="4" strokeDasharray={dash(i)} /></svg>
              {shown(series.name)}
            </li>
          ))}
        </ul>
      )}
      {chart.leftOut && <p className="soft small">{chart.leftOut}</p>}
    </figure>
  );
}

// Lines, areas, points and columns: upwards are the values.
function Along({ chart, title, height }: { chart: Chart; title: string; height: number }) {
  const isColumns = chart.kind === 'column';
  const all = chart.series.flatMap((each) => each.points);
  const xs = all.map((point) => point.x);
  const low = Math.min(0, ...all.map((point) => point.y));
  const high = Math.max(low + 1, ...all.map((point) => point.y));
  const first = isColumns ? -0.5 : Math.min(...xs);
  const last = isColumns ? chart.labels.length - 0.5 : Math.max(...xs);
  const left = 60;
  const bottom = 24;
  const x = (value: number) => left + ((value - first) / (last - first || 1)) * (width - left - 12);
  const y = (value: number) => height - bottom - ((value - low) / (high - low)) * (height - bottom - 10);
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => first + part * (last - first));
  const isLong = last - first > 36 * 3_600_000;
  const path = (points: { x: number; y: number }[]) => points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join('');
  const slot = (width - left - 12) / Math.max(1, chart.labels.length);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title} className="chart-plot">
      {[0, 0.5, 1].map((part) => {
        const value = low + part * (high - low);
        return <g key={part}><line x1={left} x2={width - 12} y1={y(value)} y2={y(value)} className="bars-line" /><text x={left - 6} y={y(value) + 4} textAnchor="end">{short(value)}</text></g>;
      })}
      {!isColumns && marks.map((mark, i) => (
        <text key={i} x={x(mark)} y={height - 6} textAnchor={i === 0 ? 'start' : i === 4 ? 'end' : 'middle'}>{chart.isTime ? (isLong ? utc(new Date(mark)).slice(5, 16) : utc(new Date(mark)).slice(11, 16)) : short(mark)}</text>
      ))}
      {isColumns && chart.labels.map((label, i) => (
        (chart.labels.length <= 12 || i % Math.ceil(chart.labels.length / 12) === 0) && <text key={i} x={x(i)} y={height - 6} textAnchor="middle">{shown(label).slice(0, Math.max(4, Math.floor(slot / 7)))}</text>
      ))}
      {chart.series.map((series, i) => {
        if (isColumns) {
          const each = (slot * 0.8) / chart.series.length;
          return series.points.map((point) => (
            <rect key={`${i} ${point.x}`} x={x(point.x) - slot * 0.4 + i * each} y={y(point.y)} width={each} height={Math.max(0, y(low) - y(point.y))} fill={colour(i)}><title>{`${shown(chart.labels[point.x] ?? '')}\n${shown(series.name)}: ${point.y.toLocaleString()}`}</title></rect>
          ));
        }
        if (chart.kind === 'scatter' || series.points.length === 1)
          return series.points.map((point, j) => <circle key={`${i} ${j}`} cx={x(point.x)} cy={y(point.y)} r="3.5" fill={colour(i)}><title>{`${chart.isTime ? utc(new Date(point.x)) : point.x}\n${shown(series.name)}: ${point.y.toLocaleString()}`}</title></circle>);
        const start = series.points[0];
        const end = series.points.at(-1);
        return (
          <g key={i}>
            {chart.kind === 'area' && start && end && <path d={`${path(series.points)}L${x(end.x)} ${y(low)}L${x(start.x)} ${y(low)}Z`} fill={colour(i)} opacity="0.2" />}
            <path d={path(series.points)} fill="none" stroke={colour(i)} strokeWidth="2" strokeDasharray={dash(i)} strokeLinejoin="round"><title>{shown(series.name)}</title></path>
          </g>
        );
      })}
    </svg>
  );
}

// Each a line with its name, so that long names can be read.
function Bars({ chart, title }: { chart: Chart; title: string }) {
  const most = Math.max(1, ...chart.series.flatMap((each) => each.points.map((point) => point.y)));
  return (
    <div role="img" aria-label={title}>
    <ul className="chart-bars">
      {chart.labels.map((label, i) => (
        <li key={i}>
          <span className="chart-label" title={shown(label)}>{shown(label)}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            {chart.series.map((series, j) => (
              <rect key={j} y={(10 / chart.series.length) * j} height={10 / chart.series.length - 1} width={((series.points[i]?.y ?? 0) / most) * 100} fill={colour(j)} />
            ))}
          </svg>
          <span className="chart-value">{chart.series.map((series) => short(series.points[i]?.y ?? 0)).join(' / ')}</span>
        </li>
      ))}
    </ul>
    </div>
  );
}

function Shares({ chart, title }: { chart: Chart; title: string }) {
  const points = chart.series[0]?.points ?? [];
  const sum = points.reduce((total, point) => total + point.y, 0) || 1;
  let passed = 0;
  const at = (part: number) => {
    const turn = part * 2 * Math.PI - Math.PI / 2;
    return `${(100 + 90 * Math.cos(turn)).toFixed(2)} ${(100 + 90 * Math.sin(turn)).toFixed(2)}`;
  };
  return (
    <div className="chart-shares">
      <svg viewBox="0 0 200 200" role="img" aria-label={title}>
        {points.map((point, i) => {
          const share = point.y / sum;
          const from = passed;
          passed += share;
          if (share >= 0.9999) return <circle key={i} cx="100" cy="100" r="90" fill={colour(i)} />;
          return <path key={i} d={`M100 100L${at(from)}A90 90 0 ${share > 0.5 ? 1 : 0} 1 ${at(passed)}Z`} fill={colour(i)} opacity={i >= colours ? 0.6 : 1} stroke="var(--surface)" strokeWidth="1.5"><title>{`${shown(chart.labels[i] ?? '')}: ${point.y.toLocaleString()}`}</title></path>;
        })}
      </svg>
      <ul>
        {points.map((point, i) => (
          <li key={i}>
            <svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill={colour(i)} opacity={i >= colours ? 0.6 : 1} /></svg>
            <span className="chart-label">{shown(chart.labels[i] ?? '')}</span>
            <span className="chart-value">{short(point.y)}, {Math.round((point.y / sum) * 100)} %</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

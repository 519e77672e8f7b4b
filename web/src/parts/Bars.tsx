// Counts over time as bars, with the same numbers as a table for who cannot see them.
import { useMemo, useState } from 'react';
import { utc } from '../api/time';

export interface Bar {
  at: number; // ms
  counts: number[]; // one for each series
}

interface Props {
  bars: Bar[];
  series: { name: string; color: string }[];
  from: number;
  to: number;
  stepMs: number;
  title: string; // the finding, in a sentence
  onPick?: (from: Date, to: Date) => void;
  height?: number;
}

export function Bars({ bars, series, from, to, stepMs, title, onPick, height = 110 }: Props) {
  const [isTable, setTable] = useState(false);
  const most = useMemo(() => Math.max(1, ...bars.map((bar) => bar.counts.reduce((a, b) => a + b, 0))), [bars]);
  const first = Math.floor(from / stepMs) * stepMs;
  const slots = Math.max(1, Math.ceil((to - first) / stepMs));
  const width = 1000;
  const slot = width / slots;
  const marks = [0, 0.25, 0.5, 0.75].map((part) => new Date(from + part * (to - from)));
  const isLongRange = to - from > 36 * 3_600_000;
  return (
    <figure className="bars">
      <figcaption>
        <span>{title}</span>
        <button type="button" className="quiet" onClick={() => setTable(!isTable)} aria-pressed={isTable}>
          {isTable ? 'Show bars' : 'Show as table'}
        </button>
      </figcaption>
      {isTable ? (
        <div className="bars-table" tabIndex={0} role="region" aria-label={title}>
          <table className="rows compact">
            <thead>
              <tr>
                <th>From (UTC)</th>
                {series.map((each) => (
                  <th key={each.name} className="number">{each.name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.at}>
                  <td>{utc(new Date(bar.at))}</td>
                  {bar.counts.map((count, i) => (
                    <td key={i} className="number">{count.toLocaleString()}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <>
          <div className="bars-plot">
            <span className="bars-most">{most.toLocaleString()}</span>
            <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" height={height} role="img" aria-label={title}>
              {[0.5, 1].map((part) => (
                <line key={part} x1="0" x2={width} y1={height - part * (height - 2)} y2={height - part * (height - 2)} className="bars-line" />
              ))}
              {bars.map((bar) => {
                let top = height;
                const x = ((bar.at - first) / stepMs) * slot;
                return (
                  <g
                    key={bar.at}
                    className={onPick ? 'bars-pick' : undefined}
                    onClick={onPick && (() => onPick(new Date(bar.at), new Date(bar.at + stepMs)))}
                  >
                    <rect x={x} y={0} width={slot} height={height} fill="transparent" />
                    {bar.counts.map((count, i) => {
                      const part = count === 0 ? 0 : Math.max(2, (count / most) * (height - 4));
                      top -= part;
                      return <rect key={i} x={x + slot * 0.1} y={top} width={slot * 0.8} height={part} fill={series[i]?.color} />;
                    })}
                    <title>{`${utc(new Date(bar.at))}\n${series.map((each, i) => `${each.name}: ${bar.counts[i]?.toLocaleString()}`).join('\n')}`}</title>
                  </g>
                );
              })}
            </svg>
          </div>
          <div className="bars-marks" aria-hidden="true">
            {marks.map((mark) => (
              <span key={mark.getTime()}>{isLongRange ? utc(mark).slice(5, 16) : utc(mark).slice(11, 16)}</span>
            ))}
          </div>
          {series.length > 1 && (
            <ul className="bars-key">
              {series.map((each) => (
                <li key={each.name}>
                  <svg width="10" height="10" aria-hidden="true"><rect width="10" height="10" fill={each.color} /></svg>
                  {each.name}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </figure>
  );
}

// What a run cost, and what was really asked of the engine.
import type { HuntAnswer } from '../../api/hunts';

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;

export function Inspector({ answer }: { answer: HuntAnswer }) {
  const { stages, limits } = answer;
  const scanned = stages.every((stage) => stage.rows_scanned !== undefined) ? stages.reduce((sum, stage) => sum + (stage.rows_scanned ?? 0), 0) : undefined;
  const memory = stages.some((stage) => stage.memory_bytes !== undefined) ? Math.max(...stages.map((stage) => stage.memory_bytes ?? 0)) : undefined;
  const unknown = stages.length === 0 ? 'it ran elsewhere' : 'too many ran at once to count';
  return (
    <div className="hunt-inspector" data-testid="hunt.inspector">
      <dl className="fields">
        <div><dt>Took</dt><dd>{answer.took_ms.toLocaleString()} ms, with the way here</dd></div>
        <div><dt>Rows of the answer</dt><dd>{answer.row_count.toLocaleString()} (at most {limits.rows.toLocaleString()}, and {megabytes(limits.bytes)})</dd></div>
        <div><dt>Rows scanned</dt><dd data-testid="hunt.inspector.scanned">{scanned !== undefined && stages.length > 0 ? scanned.toLocaleString() : `not known: ${unknown}`}</dd></div>
        <div><dt>Memory</dt><dd>{memory !== undefined ? `${megabytes(memory)} at the most, with what else ran` : `not known: ${unknown}`} (limit {megabytes(limits.memory_bytes)})</dd></div>
        <div><dt>Time limit</dt><dd>{(limits.timeout_ms / 1000).toLocaleString()} s</dd></div>
        <div><dt>now() was</dt><dd>{answer.now ?? '\u2013'}</dd></div>
        <div><dt>Fingerprint of the rows</dt><dd className="mono">{answer.fingerprint}</dd></div>
      </dl>
      {stages.length === 0 && <p className="soft">No SQL: the text was run as it is at the place that was asked.</p>}
      {stages.map((stage, i) => (
        <details key={i} open={i === 0}>
          <summary>{stages.length > 1 ? `Stage ${i + 1} of ${stages.length}` : 'One stage'}{stage.took_us !== undefined && `, ${(stage.took_us / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} ms`}{stage.rows_scanned !== undefined && `, ${stage.rows_scanned.toLocaleString()} rows scanned`}</summary>
          <pre className="hunt-sql" tabIndex={0} role="region" aria-label={`SQL of stage ${i + 1}`} data-testid="hunt.inspector.sql">{stage.sql}</pre>
        </details>
      ))}
    </div>
  );
}

// Hunts that somebody pinned, each as a chart.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { savedHunts, type SavedHunt } from '../../api/hunts';
import { logs } from '../../api/queries';
import { rangeOf } from '../../api/time';
import { kindOf, usualKind, type Answered } from '../../parts/chart';
import { ChartView } from '../../parts/ChartView';
import { Field } from '../../parts/Field';
import { useNow } from '../../parts/marks';
import { Card, Empty, Failed, Loading } from '../../parts/states';

const everyMs = 300_000;
const shownMax = 6;

function PinnedHunt({ hunt }: { hunt: SavedHunt }) {
  const slot = Math.floor(useNow() / everyMs) * everyMs;
  const range = hunt.span ? rangeOf(hunt.span, new Date(slot + everyMs)) : undefined;
  const found = useQuery(logs({ query: hunt.query, ...(range ? { from: range.from.toISOString(), to: range.to.toISOString() } : {}) }));
  const answer = found.data as (Answered & { partial?: string[] }) | undefined;
  return (
    <Card title={<Field value={hunt.title} most={80} />} side={<Link to="/hunt" search={{ q: hunt.query, t: hunt.span || undefined }} data-testid="overview.pinned.open">Open</Link>} testid="overview.pinned">
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {answer && (answer.rows.length === 0 ? <Empty title="It finds nothing." /> : <ChartView answer={answer} kind={kindOf(answer.render) ?? usualKind(answer)} height={200} />)}
    </Card>
  );
}

export function Pinned() {
  const hunts = useQuery(savedHunts).data?.rows.filter((hunt) => hunt.pinned) ?? [];
  if (hunts.length === 0) return null;
  return (
    <div className={hunts.length > 1 ? 'grid halves' : 'stack'}>
      {hunts.slice(0, shownMax).map((hunt) => <PinnedHunt key={hunt.name} hunt={hunt} />)}
    </div>
  );
}

// "What needs me now, and do I see everything?"
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { alerts, byNeed, incidents, logs, objects, ranks, ready } from '../api/queries';
import type { Severity } from '../api/client';
import { Bars, type Bar } from '../parts/Bars';
import { Field, plainText } from '../parts/Field';
import { counted, SeverityMark, StatusMark, useNow, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { Pinned } from './overview/Pinned';
import { SignIns } from './overview/SignIns';
import { Since } from './overview/Since';

function Needs() {
  const open = useQuery(incidents(true));
  const closed = useQuery(incidents(false));
  if (open.isPending) return <Loading />;
  if (open.isError) return <Failed error={open.error} retry={() => void open.refetch()} />;
  const rows = [...open.data.rows].sort(byNeed);
  if (rows.length === 0)
    return (
      <Empty title="Nothing needs you.">
        {closed.data && closed.data.rows.length > 0 ? (
          <Link to="/incidents" search={{ view: 'closed' }}>{closed.data.rows.length} closed incidents</Link>
        ) : (
          <span>No attack has been seen yet. <Link to="/sources">What is being watched?</Link></span>
        )}
      </Empty>
    );
  return (
    <>
      <ul className="needs" data-ready>
        {rows.slice(0, 6).map((row) => (
          <li key={row.number}>
            <Link to="/incidents/$id" params={{ id: String(row.number) }} data-row data-testid="overview.need">
              <SeverityMark severity={row.severity} short />
              <span className="needs-title">#{row.number} <Field value={row.title} most={70} /></span>
              <StatusMark status={row.status} />
              <When time={row.last_event} />
            </Link>
          </li>
        ))}
      </ul>
      {rows.length > 6 && <p className="card-foot"><Link to="/incidents">All {rows.length} open incidents</Link></p>}
    </>
  );
}

function Trust() {
  const state = useQuery(ready);
  const now = useNow();
  const from = useMemo(() => new Date(Math.floor(now / 600_000) * 600_000 - 24 * 3_600_000).toISOString(), [now]);
  const health = useQuery({
    ...logs({ query: 'VedetteSourceHealth | summarize arg_max(TimeGenerated, State, Records, LatenessSeconds) by Source | order by Source asc | take 8', from }),
    refetchInterval: 60_000,
  });
  const rows = health.data ? objects(health.data) : [];
  return (
    <div className="trust">
      {state.data && (state.data.reasons.length === 0 ? (
        <p className="ok-line">All parts of Vedette work.</p>
      ) : (
        state.data.reasons.map((reason) => <p key={reason} className="bad-line">{reason}</p>)
      ))}
      {health.isError && <Failed error={health.error} retry={() => void health.refetch()} />}
      {health.data && rows.length === 0 && <p className="soft">Sources report each minute; the first report comes ten seconds after the start.</p>}
      {rows.length > 0 && (
        <ul className="trust-list">
          {rows.map((row) => (
            <li key={plainText(row.Source)}>
              <Field value={row.Source} most={40} />
              <StatusMark status={plainText(row.State)} />
            </li>
          ))}
        </ul>
      )}
      <p className="card-foot"><Link to="/sources">All sources</Link></p>
    </div>
  );
}

const severitySeries: { name: Severity; color: string }[] = [
  { name: 'High', color: 'var(--high)' },
  { name: 'Medium', color: 'var(--medium)' },
  { name: 'Low', color: 'var(--low)' },
];

function AlertsOverTime() {
  const all = useQuery(alerts);
  const now = useNow();
  const oldest = useMemo(() => Math.min(now, ...(all.data?.rows ?? []).map((row) => Date.parse(row.first_event ?? '') || now)), [all.data, now]);
  const days = oldest > now - 24 * 3_600_000 ? 1 : oldest > now - 72 * 3_600_000 ? 3 : 14;
  const stepMs = days === 1 ? 1_800_000 : days === 3 ? 2 * 3_600_000 : 6 * 3_600_000;
  const to = Math.ceil(now / stepMs) * stepMs;
  const from = to - days * 24 * 3_600_000;
  const bars = useMemo(() => {
    const byTime = new Map<number, Bar>();
    for (const alert of all.data?.rows ?? []) {
      const at = Date.parse(alert.first_event ?? '');
      const series = severitySeries.findIndex((each) => each.name === alert.severity);
      if (!(at >= from) || series < 0) continue;
      const slot = Math.floor(at / stepMs) * stepMs;
      const bar = byTime.get(slot) ?? { at: slot, counts: severitySeries.map(() => 0) };
      bar.counts[series] = (bar.counts[series] ?? 0) + 1;
      byTime.set(slot, bar);
    }
    return [...byTime.values()].sort((a, b) => a.at - b.at);
  }, [all.data, from, stepMs]);
  if (all.isPending) return <Loading />;
  if (all.isError) return <Failed error={all.error} retry={() => void all.refetch()} />;
  const count = bars.reduce((sum, bar) => sum + bar.counts.reduce((a, b) => a + b, 0), 0);
  if (count === 0) return <Empty title="No alert in the last 14 days." />;
  return <Bars bars={bars} series={severitySeries} from={from} to={to} stepMs={stepMs} title={`${counted(count, 'alert')} in the last ${days === 1 ? '24 hours' : `${days} days`}`} />;
}

function Ranking({ type, title }: { type: 'ip' | 'account'; title: string }) {
  const open = useQuery(incidents(true));
  const counts = useMemo(() => {
    const found = new Map<string, { attempts: number; incidents: number; severity: Severity }>();
    for (const row of open.data?.rows ?? [])
      for (const entity of row.entities)
        if (entity.type === type) {
          const known = found.get(entity.value) ?? { attempts: 0, incidents: 0, severity: row.severity };
          known.attempts += row.event_count;
          known.incidents += 1;
          if (ranks[row.severity] > ranks[known.severity]) known.severity = row.severity;
          found.set(entity.value, known);
        }
    return [...found].sort(([, a], [, b]) => ranks[b.severity] - ranks[a.severity] || b.attempts - a.attempts).slice(0, 6);
  }, [open.data, type]);
  if (counts.length === 0) return <Empty title="None in open incidents." />;
  return (
    <table className="rows compact">
      <thead>
        <tr><th>{title}</th><th className="number">Incidents</th><th className="number">Attempts</th></tr>
      </thead>
      <tbody>
        {counts.map(([value, each]) => (
          <tr key={value}>
            <td className="with-mark"><SeverityMark severity={each.severity} short /> <Link to="/incidents" search={{ q: value }}><Field value={value} most={32} /></Link></td>
            <td className="number">{each.incidents}</td>
            <td className="number">{each.attempts.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export default function Overview() {
  return (
    <Page title="Overview" testid="overview.page">
      <Since />
      <div className="grid two-one">
        <Card title="Needs you" testid="overview.needs"><Needs /></Card>
        <Card title="Can you trust the picture?" testid="overview.trust"><Trust /></Card>
      </div>
      <Card title="Alerts over time"><AlertsOverTime /></Card>
      <Pinned />
      <SignIns />
      <div className="grid halves">
        <Card title="Riskiest addresses in open incidents"><Ranking type="ip" title="Address" /></Card>
        <Card title="Riskiest people in open incidents"><Ranking type="account" title="Account" /></Card>
      </div>
    </Page>
  );
}

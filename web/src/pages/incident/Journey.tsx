// "Could anybody have travelled so?" Both log-ins of an impossible journey on the map, with distance
// and speed; from the rows themselves.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { WholeIncident } from '../../api/client';
import { literal } from '../../api/kql';
import { logs, objects } from '../../api/queries';
import { age } from '../../api/time';
import { Field, plainText } from '../../parts/Field';
import { When } from '../../parts/marks';
import { distanceKm, type Point } from '../../parts/projection';
import { Card, Failed, Loading } from '../../parts/states';

const WorldMap = lazy(() => import('../../parts/WorldMap'));

interface LogIn {
  at: string; // ISO 8601, to the second
  address: string;
  said: string;
}

// "before: 2026-11-21 13:21:00Z from 192.0.2.1, Lyon, FR": the detection's own words.
function logInOf(reasons: string[], when: 'before' | 'now'): LogIn | undefined {
  for (const reason of reasons) {
    const found = /^(before|now): (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)Z from ([0-9A-Fa-f.:]+)(?:, (.*))?$/.exec(reason);
    if (found && found[1] === when) return { at: `${found[2]}T${found[3]}Z`, address: found[4] ?? '', said: found[5] ?? '' };
  }
  return undefined;
}

export function journeyOf(row: WholeIncident): { before: LogIn; now: LogIn } | undefined {
  for (const alert of row.alerts)
    if (alert.rule === 'impossible_travel') {
      const before = logInOf(alert.reasons, 'before');
      const now = logInOf(alert.reasons, 'now');
      if (before && now) return { before, now };
    }
  return undefined;
}

const columns = 'TimeGenerated, IPAddress, UserPrincipalName, AppDisplayName, City = tostring(Where.city), Country = tostring(Where.countryOrRegion), Lat = todouble(Where.geoCoordinates.latitude), Lon = todouble(Where.geoCoordinates.longitude)';

export function Journey({ row, before, now }: { row: WholeIncident; before: LogIn; now: LogIn }) {
  const from = new Date(Date.parse(before.at) - 1_000).toISOString();
  const to = new Date(Date.parse(now.at) + 2_000).toISOString();
  const found = useQuery(logs({
    from,
    to,
    query: `union isfuzzy=true (SigninLogs | extend Where = LocationDetails), (AADNonInteractiveUserSignInLogs | extend Where = parse_json(LocationDetails))
| where IPAddress in (${literal(before.address)}, ${literal(now.address)})
| project ${columns}
| order by TimeGenerated asc
| take 200`,
  }));
  if (found.isPending) return <Loading rows={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const rows = objects(found.data);
  // The row of that second and address; another of that address tells the place as well.
  const rowOf = (logIn: LogIn) => {
    const same = rows.filter((each) => plainText(each.IPAddress) === logIn.address);
    return same.find((each) => Math.abs(Date.parse(plainText(each.TimeGenerated)) - Date.parse(logIn.at)) < 1_000) ?? same[0];
  };
  const pointOf = (each: Record<string, unknown> | undefined): Point | undefined =>
    each && typeof each.Lat === 'number' && typeof each.Lon === 'number' ? { lat: each.Lat, lon: each.Lon } : undefined;
  const first = rowOf(before);
  const second = rowOf(now);
  const [a, b] = [pointOf(first), pointOf(second)];
  const ms = Date.parse(now.at) - Date.parse(before.at);
  const km = a && b ? distanceKm(a, b) : undefined;
  const speed = km === undefined ? undefined : km / (Math.max(ms, 60_000) / 3_600_000);
  const title = km === undefined ? 'One of the places has no coordinates' : `${Math.round(km).toLocaleString()} km in ${age(ms)}: ${Math.round(speed ?? 0).toLocaleString()} km/h`;
  const line = (logIn: LogIn, each: Record<string, unknown> | undefined, name: string) => (
    <tr data-testid={`incident.journey.${name}`}>
      <td><When time={logIn.at} /></td>
      <td><Field value={[each?.City, each?.Country].map(plainText).filter(Boolean).join(', ') || logIn.said} most={40} /></td>
      <td className="address"><Field value={logIn.address} mono most={40} /></td>
      <td><Field value={each?.AppDisplayName} most={30} /></td>
    </tr>
  );
  return (
    <Card title={<span data-testid="incident.journey.speed">{title}</span>} testid="incident.journey" side={<Link to="/logs" search={{ table: 'SigninLogs', t: `${from}..${to}`, q: row.entities.find((each) => each.type === 'account')?.value }} className="quiet-link">The rows</Link>}>
      {a && b && <Suspense fallback={<Loading rows={2} />}><WorldMap places={[]} title={title} journey={[a, b]} /></Suspense>}
      <table className="rows compact">
        <thead><tr><th>Log-in</th><th>Place</th><th>Address</th><th>To</th></tr></thead>
        <tbody>
          {line(before, first, 'before')}
          {line(now, second, 'now')}
        </tbody>
      </table>
      <p className="soft small">As the crow flies, between the middles of both places. What counted for and against is under <em>Why</em>.</p>
    </Card>
  );
}

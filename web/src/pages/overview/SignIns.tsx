// Where people log in from: the world, and the same numbers as a table.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { logs, objects } from '../../api/queries';
import { plainText } from '../../parts/Field';
import { counted, useNow } from '../../parts/marks';
import type { Place } from '../../parts/WorldMap';
import { Card, Empty, Failed, Loading } from '../../parts/states';

const WorldMap = lazy(() => import('../../parts/WorldMap'));
const days = 7;

const nameOf = (() => {
  let names: Intl.DisplayNames | undefined;
  return (code: string) => (names ??= new Intl.DisplayNames('en', { type: 'region' })).of(code);
})();

// English names of countries, as databases of places write them, to their codes: made when one comes,
// since it takes a while.
let codes: Map<string, string> | undefined;
function codesOfNames(): Map<string, string> {
  const made = new Map<string, string>();
  for (let first = 65; first <= 90; first++)
    for (let second = 65; second <= 90; second++) {
      const code = String.fromCharCode(first, second);
      const name = nameOf(code);
      // Not those of countries that were: FX, DD.
      if (name && name !== code && new Intl.Locale(`und-${code}`).region === code) made.set(name.toLowerCase(), code);
    }
  for (const [name, code] of [['united states', 'US'], ['turkey', 'TR'], ['czech republic', 'CZ'], ['russian federation', 'RU'], ['republic of korea', 'KR'], ['south korea', 'KR'], ['viet nam', 'VN'], ['the netherlands', 'NL'], ['hong kong', 'HK'], ['macao', 'MO']] as const)
    made.set(name, code);
  return made;
}

function countryName(code: string): string {
  return nameOf(code) ?? code;
}

function codeOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^[A-Za-z]{2}$/.test(trimmed)) return trimmed.toUpperCase();
  return (codes ??= codesOfNames()).get(trimmed.toLowerCase());
}

const question = `union isfuzzy=true
(SigninLogs | project Country = tostring(Location), Ok = tostring(ResultType) == "0"),
(ASimAuthenticationEventLogs | project Country = tostring(SrcGeoCountry), Ok = tostring(EventResult) == "Success")
| where isnotempty(Country)
| summarize Succeeded = countif(Ok), Failed = countif(not(Ok)) by Country
| order by Succeeded desc
| take 300`;

export function SignIns() {
  const now = useNow();
  const from = useMemo(() => new Date(Math.floor(now / 600_000) * 600_000 - days * 24 * 3_600_000).toISOString(), [now]);
  const found = useQuery({ ...logs({ query: question, from }), refetchInterval: 60_000 });
  const [isTable, setTable] = useState(false);
  const places = useMemo(() => {
    const all = new Map<string, Place>();
    for (const row of found.data ? objects(found.data) : []) {
      const code = codeOf(plainText(row.Country));
      if (!code) continue;
      const place = all.get(code) ?? { code, name: countryName(code), succeeded: 0, failed: 0 };
      place.succeeded += Number(row.Succeeded);
      place.failed += Number(row.Failed);
      all.set(code, place);
    }
    return [...all.values()].sort((a, b) => b.succeeded + b.failed - a.succeeded - a.failed);
  }, [found.data]);
  const worst = places.filter((place) => place.failed > place.succeeded).length;
  const title = `Log-ins of ${days} days came from ${counted(places.length, 'country', 'countries')}; from ${worst} of them most failed`;
  return (
    <Card title="Where log-ins come from" testid="overview.map" side={places.length > 0 && <button type="button" className="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)} data-testid="overview.map.table">{isTable ? 'Show the map' : 'Show as table'}</button>}>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.isSuccess && places.length === 0 && <Empty title={`No log-in of the last ${days} days has a place.`}><span>Places of addresses come with <code>./dev build</code>; log-ins come from <Link to="/sources">sources</Link>.</span></Empty>}
      {places.length > 0 && (isTable ? (
        <div className="bars-table" tabIndex={0} role="region" aria-label={title}>
          <table className="rows compact">
            <thead><tr><th>Country</th><th className="number">Succeeded</th><th className="number">Failed</th></tr></thead>
            <tbody>
              {places.map((place) => (
                <tr key={place.code}><td className="wide">{place.name}</td><td className="number">{place.succeeded.toLocaleString()}</td><td className="number">{place.failed.toLocaleString()}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Suspense fallback={<Loading />}><WorldMap places={places} title={title} /></Suspense>
      ))}
    </Card>
  );
}

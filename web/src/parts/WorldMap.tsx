// Places on a map: circles where most log-ins succeeded, diamonds where most failed; the larger, the
// more. Its geometry is part of the app (web/world.ts).
import { useState } from 'react';
import world from 'virtual:world';
import { place as project, type Point } from './projection';

export interface Place {
  code: string; // ISO 3166-1
  name: string;
  succeeded: number;
  failed: number;
}

interface Props {
  places: Place[];
  title: string;
  chosen?: ReadonlySet<string>; // countries that are filled
  onPick?: (code: string) => void;
  journey?: [Point, Point];
}

// From a ring to a filled circle.
function Journey({ points }: { points: [Point, Point] }) {
  const [[ax, ay], [bx, by]] = points.map((point) => project(point.lon, point.lat)) as [[number, number], [number, number]];
  return (
    <g className="map-journey">
      <path d={`M${ax} ${ay}Q${(ax + bx) / 2} ${Math.min(ay, by) - Math.abs(bx - ax) / 6} ${bx} ${by}`} fill="none" />
      <circle cx={ax} cy={ay} r={6} className="map-journey-from" />
      <circle cx={bx} cy={by} r={6} />
    </g>
  );
}

function Mark({ place, most }: { place: Place; most: number }) {
  const at = world.points[place.code];
  if (!at) return null;
  const count = place.succeeded + place.failed;
  const size = 3 + 11 * Math.sqrt(count / most);
  const isBad = place.failed > place.succeeded;
  const [x, y] = at;
  return isBad
    ? <path d={`M${x} ${y - size}L${x + size} ${y}L${x} ${y + size}L${x - size} ${y}Z`} className="map-bad" />
    : <circle cx={x} cy={y} r={size} className="map-good" />;
}

export default function WorldMap({ places, title, chosen, onPick, journey }: Props) {
  const [over, setOver] = useState<string>();
  const most = Math.max(1, ...places.map((place) => place.succeeded + place.failed));
  const known = new Map(places.map((place) => [place.code, place]));
  const away = places.filter((place) => !world.points[place.code]);
  const shown = over ? known.get(over) : undefined;
  return (
    <figure className="map">
      <svg viewBox={`0 0 ${world.width} ${world.height}`} role="img" aria-label={title} data-ready>
        <clipPath id="map-edge"><path d={world.outline} /></clipPath>
        <path d={world.outline} className="map-sea" />
        <g clipPath="url(#map-edge)">
          {world.countries.map((country, i) => (
            <path
              key={country.code || i}
              d={country.path}
              className={`map-land${chosen?.has(country.code) ? ' map-chosen' : known.has(country.code) ? ' map-seen' : ''}${onPick ? ' map-pick' : ''}`}
              onPointerEnter={() => setOver(country.code)}
              onPointerLeave={() => setOver(undefined)}
              onClick={onPick && country.code ? () => onPick(country.code) : undefined}
            />
          ))}
        </g>
        <g pointerEvents="none">{[...places].reverse().map((place) => <Mark key={place.code} place={place} most={most} />)}</g>
        {journey && <Journey points={journey} />}
      </svg>
      <figcaption className="soft small">
        {shown ? <strong>{shown.name}: {shown.succeeded.toLocaleString()} succeeded, {shown.failed.toLocaleString()} failed</strong> : title}
        {places.length > 0 && <span className="map-key"><svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true"><circle cx="6" cy="6" r="5" className="map-good" /></svg> mostly succeeded <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true"><path d="M6 0 12 6 6 12 0 6z" className="map-bad" /></svg> mostly failed</span>}
        {away.length > 0 && <span>Not on the map: {away.map((place) => place.name).join(', ')}</span>}
      </figcaption>
    </figure>
  );
}

// The map of the world as the app needs it, made at build: Natural Earth's countries (world-atlas) in
// the Equal Earth projection, as paths by their ISO codes, and a point in each country for marks.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature } from 'topojson-client';
import type { Plugin } from 'vite';
import { height, place, width } from './src/parts/projection';

type Ring = [number, number][];
interface Shape {
  id?: string | number;
  geometry: { type: string; coordinates: unknown };
}

const antarctica = '010';
// Small countries are points alone: these must be there, or the data is another one.
const countriesLeast = 225;

// Without jumps where it crosses the antimeridian: such a ring goes on beyond 180 degrees.
function unwrapped(ring: Ring): Ring {
  let shift = 0;
  return ring.map(([lon, lat], i) => {
    const before = ring[i - 1]?.[0] ?? lon;
    if (lon - before > 180) shift -= 360;
    if (lon - before < -180) shift += 360;
    return [lon + shift, lat];
  });
}

const text = (value: number) => String(Math.round(value * 10) / 10);
const pathOf = (ring: Ring, shift: number) => `M${ring.map(([lon, lat]) => place(lon + shift, lat).map(text).join(',')).join('L')}Z`;

function rings(shape: Shape): Ring[] {
  const { type, coordinates } = shape.geometry;
  const polygons = (type === 'Polygon' ? [coordinates] : coordinates) as Ring[][];
  return polygons.flat().map(unwrapped);
}

function pathsOf(shape: Shape): string {
  return rings(shape)
    .map((ring) => {
      const far = ring.some(([lon]) => lon > 180) ? -360 : ring.some(([lon]) => lon < -180) ? 360 : 0;
      return pathOf(ring, 0) + (far ? pathOf(ring, far) : '');
    })
    .join('');
}

// The middle of the largest part.
function middle(shape: Shape): [number, number] {
  let best: { area: number; at: [number, number] } = { area: -1, at: [0, 0] };
  for (const ring of rings(shape)) {
    let area = 0;
    let x = 0;
    let y = 0;
    for (let i = 0; i + 1 < ring.length; i++) {
      const [[ax, ay], [bx, by]] = [ring[i]!, ring[i + 1]!];
      const cross = ax * by - bx * ay;
      area += cross;
      x += (ax + bx) * cross;
      y += (ay + by) * cross;
    }
    if (Math.abs(area) > best.area) best = { area: Math.abs(area), at: area === 0 ? ring[0]! : [x / (3 * area), y / (3 * area)] };
  }
  return place(best.at[0] > 180 ? best.at[0] - 360 : best.at[0], best.at[1]).map((each) => Math.round(each)) as [number, number];
}

// ISO 3166-1 numeric to letters, as the Unicode Consortium has them.
function code(id: string | number | undefined): string | undefined {
  if (id === undefined) return undefined;
  const region = new Intl.Locale(`und-${String(id).padStart(3, '0')}`).region;
  return region && /^[A-Z]{2}$/.test(region) ? region : undefined;
}

function shapes(name: string): Shape[] {
  const atlas = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`world-atlas/${name}`), 'utf8'));
  const found = feature(atlas, atlas.objects.countries) as unknown as { features: Shape[] };
  return found.features.filter((shape) => String(shape.id).padStart(3, '0') !== antarctica);
}

function world(): string {
  const countries = shapes('countries-110m.json').map((shape) => ({ code: code(shape.id) ?? '', path: pathsOf(shape) }));
  const points: Record<string, [number, number]> = {};
  for (const shape of shapes('countries-50m.json')) {
    const letters = code(shape.id);
    if (letters) points[letters] ??= middle(shape);
  }
  if (Object.keys(points).length < countriesLeast) throw new Error(`the map has ${Object.keys(points).length} countries only`);
  const edge: Ring = [];
  for (let lat = -60; lat <= 90; lat += 2) edge.push([180, lat]);
  for (let lat = 90; lat >= -60; lat -= 2) edge.push([-180, lat]);
  return `export default ${JSON.stringify({ width, height, outline: pathOf(edge, 0), countries, points })};`;
}

const name = 'virtual:world';
export function worldMap(): Plugin {
  return {
    name: 'world-map',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? world() : undefined),
  };
}

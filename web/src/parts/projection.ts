// Where a place is on the map: Equal Earth. The same for the countries, which are drawn at build
// (world.ts), and for marks.
export const width = 960;
export const height = 420;

export function place(lon: number, lat: number): [number, number] {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const angle = Math.asin((Math.sqrt(3) / 2) * Math.sin((lat * Math.PI) / 180));
  const square = angle * angle;
  const six = square ** 3;
  const x = (2 * Math.sqrt(3) * ((lon * Math.PI) / 180) * Math.cos(angle)) / (3 * (9 * a4 * six * square + 7 * a3 * six + 3 * a2 * square + a1));
  const y = angle * (a4 * six * square + a3 * six + a2 * square + a1);
  const scale = width / (2 * 2.7066299836960748);
  return [width / 2 + x * scale, height * 0.56 - y * scale];
}

export interface Point {
  lat: number;
  lon: number;
}

// Along the surface of the earth.
export function distanceKm(a: Point, b: Point): number {
  const degree = Math.PI / 180;
  const chord = Math.sin(((b.lat - a.lat) * degree) / 2) ** 2 + Math.cos(a.lat * degree) * Math.cos(b.lat * degree) * Math.sin(((b.lon - a.lon) * degree) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(Math.min(1, chord)));
}

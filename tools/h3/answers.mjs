// Known answers of H3 for src/kql/functions/h3/*_test.cpp, by Uber's library itself in JavaScript:
//   npm install --prefix DIR h3-js@4.5.0 && node tools/h3/answers.mjs DIR > test/kql/h3-answers.txt
// A line an answer: what was asked, '=', what came out. Places are latitude,longitude in degrees.
// The same numbers come out each time. Nearer to a pole than a tenth of a degree no coordinates
// are written down: the library takes a latitude from its sine there, which has 8 good digits.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const h3 = createRequire(join(process.argv[2], 'package.json'))('h3-js');
const degree = Math.PI / 180;

let seed = 20_260_101;
const random = () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const within = (least, most) => least + (most - least) * random();
const pick = (list) => list[Math.floor(random() * list.length)];
const wrap = (longitude) => ((((longitude + 180) % 360) + 360) % 360) - 180;
const place = (latitude, longitude) => [Math.max(-90, Math.min(90, latitude)), wrap(longitude)].map((x) => Number(x.toFixed(12)));
const vector = ([latitude, longitude]) => [
  Math.cos(latitude * degree) * Math.cos(longitude * degree),
  Math.cos(latitude * degree) * Math.sin(longitude * degree),
  Math.sin(latitude * degree),
];
const vertices = h3.getPentagons(0).map((cell) => h3.cellToLatLng(cell));

const places = [];
const near = (count, make) => {
  for (let i = 0; i < count; ++i) places.push([make(), i % 16]);
};
near(960, () => place(Math.asin(within(-1, 1)) / degree, within(-180, 180)));
near(960, () => {
  const [latitude, longitude] = pick(vertices);
  const far = 10 ** within(-5, 1.2);
  return place(latitude + within(-far, far), longitude + within(-far, far) / Math.cos(latitude * degree));
});
near(640, () => {
  // Near an edge of the icosahedron: between two vertices that are neighbours.
  const a = vector(pick(vertices));
  const cosine = (v) => a.reduce((sum, x, i) => sum + x * v[i], 0);
  const b = pick(vertices.map(vector).filter((v) => cosine(v) > 0.4 && cosine(v) < 0.5));
  const part = random();
  const far = 10 ** within(-7, -1);
  const v = a.map((x, i) => x * (1 - part) + b[i] * part + within(-far, far));
  return place(Math.asin(v[2] / Math.hypot(...v)) / degree, Math.atan2(v[1], v[0]) / degree);
});
near(160, () => place(90 - 10 ** within(-6, 0), within(-180, 180)));
near(160, () => place(-90 + 10 ** within(-6, 0), within(-180, 180)));
near(160, () => place(within(-85, 85), 180 + within(-1, 1) * 10 ** within(-6, 0)));

const written = (list) => list.map((pair) => pair.map((x) => x.toFixed(12)).join(',')).join(' ');
const write = (...words) => console.log(words.join(' '));
console.log('# By tools/h3/answers.mjs with h3-js 4.5.0 (Uber Technologies, Apache-2.0).');

const cells = new Set();
for (const [[latitude, longitude], resolution] of places) {
  const cell = h3.latLngToCell(latitude, longitude, resolution);
  cells.add(cell);
  write('cell', `${latitude},${longitude}`, resolution, '=', cell);
}
const chosen = [...cells].filter((_, i) => i % 10 === 0);
for (const cell of h3.getRes0Cells()) chosen.push(cell);
for (let resolution = 0; resolution <= 15; ++resolution)
  for (const pentagon of h3.getPentagons(resolution)) if (resolution < 4 || random() < 0.1) chosen.push(pentagon, pick(h3.gridRing(pentagon, 1)));

for (const cell of new Set(chosen)) {
  const border = h3.cellToBoundary(cell);
  if (border.some(([latitude]) => Math.abs(latitude) > 89.9)) continue;
  write('middle', cell, '=', written([h3.cellToLatLng(cell)]));
  write('border', cell, '=', written(border));
}
// In what order neighbours of a pentagon, and its neighbours' come is the library's chance.
const rings = (cell, distance) => {
  const all = h3.gridDiskDistances(cell, distance);
  const ordered = all.flat().some((one) => h3.isPentagon(one)) ? 'set' : 'rings';
  write(ordered, cell, distance, '=', all.map((ring) => (ordered === 'set' ? [...ring].sort() : ring).join(' ')).join(' | '));
};
for (const cell of new Set(chosen)) if (random() < 0.35) rings(cell, 1);
for (let i = 0; i < 60; ++i) rings(pick(chosen), Math.floor(within(2, 6)));
rings('8009fffffffffff', 12);
for (let i = 0; i < 40; ++i) {
  const cell = pick(chosen);
  const resolution = Math.min(15, h3.getResolution(cell) + 1 + (i % 2));
  write('children', cell, resolution, '=', h3.cellToChildren(cell, resolution).join(' '));
}
for (let i = 0; i < 100; ++i) {
  const cell = pick(chosen);
  const resolution = Math.floor(random() * (h3.getResolution(cell) + 1));
  write('parent', cell, resolution, '=', h3.cellToParent(cell, resolution));
}
for (let i = 0; i < 120; ++i) {
  // A star of a polygon, every third with a hole, every fifth over the antimeridian.
  const resolution = i % 10;
  const middle = i % 5 === 0 ? [within(-70, 70), 180] : [within(-70, 70), within(-180, 180)];
  const size = Math.min(resolution < 3 ? 30 : 12, 7 ** (-resolution / 2) * within(60, 300));
  const count = 3 + Math.floor(random() * 8);
  const ring = (radius) => {
    const corners = [];
    for (let k = 0; k < count; ++k) {
      const far = radius * within(0.4, 1);
      const angle = (2 * Math.PI * k) / count;
      corners.push(place(Math.max(-87, Math.min(87, middle[0] + far * Math.sin(angle))), middle[1] + far * Math.cos(angle)));
    }
    return [...corners, corners[0]];
  };
  const polygon = i % 3 === 0 ? [ring(size), ring(size * 0.35)] : [ring(size)];
  const found = h3.polygonToCells(polygon, resolution).sort();
  if (found.length > 120) continue;
  write('polygon', resolution, polygon.map(written).join(' / '), '=', found.join(' '));
}

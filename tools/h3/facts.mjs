// The facts of H3's grid that src/kql/functions/h3/lattice.cpp is made of, found by asking H3
// itself, by its JavaScript body and its published functions alone:
//   npm install --prefix DIR h3-js@4.5.0 && node tools/h3/facts.mjs DIR
// The icosahedron's vertices are the twelve pentagons; three that are neighbours are a face, whose
// number H3 tells; its first corner is the one that direction "4" goes to; and a base cell is
// counted on the face where its children lie in the directions that their digits say.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const h3 = createRequire(join(process.argv[2], 'package.json'))('h3-js');
const degree = Math.PI / 180;
const golden = (1 + Math.sqrt(5)) / 2;
const step = 1 / golden ** 2; // from a base cell to the next, on the plane of a face
const turn = Math.atan2(Math.sqrt(3), 5); // of resolution 1
const directions = [undefined, 4, 2, 3, 0, 5, 1]; // by digit, in sixths of a turn

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const sum = (...all) => [0, 1, 2].map((i) => all.reduce((total, one) => total + one[i], 0));
const times = (a, by) => a.map((x) => x * by);
const unit = (a) => times(a, 1 / Math.sqrt(dot(a, a)));
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const direction = ([latitude, longitude]) => [
  Math.cos(latitude * degree) * Math.cos(longitude * degree),
  Math.cos(latitude * degree) * Math.sin(longitude * degree),
  Math.sin(latitude * degree),
];
const place = (v) => [Math.asin(v[2]) / degree, Math.atan2(v[1], v[0]) / degree];
const middle = (cell) => direction(h3.cellToLatLng(cell));
const child = (base, digit) => h3.cellToChildren(base, 1).find((cell) => h3.getIndexDigit(cell, 1) === digit);

const bases = h3.getRes0Cells().sort();
const byLatitude = bases.every((cell, i) => i === 0 || h3.cellToLatLng(bases[i - 1])[0] > h3.cellToLatLng(cell)[0]);
const pentagons = h3.getPentagons(0).sort();
const vertices = pentagons.map(middle);

const faces = [];
for (let a = 0; a < 12; ++a)
  for (let b = a + 1; b < 12; ++b)
    for (let c = b + 1; c < 12; ++c) {
      const near = (i, j) => dot(vertices[i], vertices[j]) > 0.4;
      if (!near(a, b) || !near(a, c) || !near(b, c)) continue;
      const centre = unit(sum(vertices[a], vertices[b], vertices[c]));
      const [number] = h3.getIcosahedronFaces(h3.latLngToCell(...place(centre), 12));
      const towards = middle(child(h3.latLngToCell(...place(centre), 0), 4));
      for (const first of [a, b, c]) {
        const axis = unit(sum(vertices[first], times(centre, -dot(vertices[first], centre))));
        const side = cross(centre, axis);
        if (Math.abs(Math.atan2(dot(towards, side), dot(towards, axis)) - turn) > 1e-6) continue;
        const others = [a, b, c].filter((v) => v !== first).sort((v, w) => dot(vertices[w], side) - dot(vertices[v], side));
        faces[number] = { centre, axis, side, corners: [first, ...others] };
      }
    }
const nearest = (v) => faces.reduce((best, face, n) => (dot(face.centre, v) > dot(faces[best].centre, v) ? n : best), 0);

const homes = bases.map((base) => {
  const found = faces.flatMap((face, number) => {
    const v = middle(base);
    const cosine = dot(v, face.centre);
    if (cosine < 0.7) return [];
    const x = dot(v, face.axis) / cosine / step;
    const y = dot(v, face.side) / cosine / step;
    const agrees = [1, 2, 3, 4, 5, 6].some((digit) => {
      const cell = child(base, digit);
      if (cell === undefined || nearest(middle(cell)) !== number) return false;
      const angle = (directions[digit] * Math.PI) / 3 + turn;
      const to = [x + Math.cos(angle) / Math.sqrt(7), y + Math.sin(angle) / Math.sqrt(7)];
      const expected = unit(sum(face.centre, times(face.axis, to[0] * step), times(face.side, to[1] * step)));
      return dot(expected, middle(cell)) > 1 - 1e-12;
    });
    return agrees ? [number] : [];
  });
  // A pentagon's children lie on five faces and agree with those whose turn is theirs: it is
  // counted where its third digit lies.
  return h3.isPentagon(base) ? nearest(middle(child(base, 3))) : found.length === 1 ? found[0] : `?${found}`;
});

console.log('base cells by latitude, from the north:', byLatitude);
console.log('vertices, latitude and longitude:');
for (const cell of pentagons) console.log(' ', ...h3.cellToLatLng(cell));
console.log('corners of the faces:');
for (const face of faces) console.log(' ', face.corners.join(', '));
console.log('homes:\n ', homes.join(', '));

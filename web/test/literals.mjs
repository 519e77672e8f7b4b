// What people click becomes KQL: every hostile string is asked for as a literal and must come back
// as it is; and it is shown without a character that hides or turns text.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { literal, name, rowsOf } from '../src/api/kql.ts';
import { check } from './world.mjs';

const program = process.argv[2];

function unescaped(line) {
  return line.replace(/\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|([nrt\\]))/g, (_, byte, long, short, letter) =>
    letter ? { n: '\n', r: '\r', t: '\t', '\\': '\\' }[letter] : String.fromCodePoint(parseInt(byte ?? long ?? short, 16)));
}

const corpus = readFileSync(new URL('../../test/hostile-strings.txt', import.meta.url), 'utf8').split('\n')
  // Bytes that are no UTF-8 cannot be in a page; strings are tens of kilobytes at most in a cell.
  .filter((line) => line !== '' && !line.startsWith('# ') && !/\\x[89a-fA-F]/.test(line) && !line.startsWith('repeat('))
  .map(unescaped);
check(corpus.length > 100, `only ${corpus.length} hostile strings were read`);

let asked = 0;
for (let first = 0; first < corpus.length; first += 40) {
  const some = corpus.slice(first, first + 40);
  const query = `print ${some.map((text, i) => `a${i} = ${literal(text)}`).join(', ')}`;
  const hunt = spawnSync(program, ['hunt', '--data', '/nonexistent-data', '--format', 'json', '-'], { input: query, encoding: 'utf8' });
  check(hunt.status === 0, `${hunt.stderr}\n${query}`);
  const row = JSON.parse(hunt.stdout).rows[0];
  some.forEach((text, i) => check(row[i] === text, `${JSON.stringify(text)} came back as ${JSON.stringify(row[i])}`));
  asked += some.length;
}
check(name('Level') === 'Level' && name('odd "name') === '["odd \\"name"]', 'names are not quoted');
const filter = { column: 'A', is: true, value: '1 | take 0', type: 'long' };
check(!rowsOf('T', [filter], '').includes('take'), 'a number may be a query');
check(!rowsOf('T', [{ ...filter, type: 'datetime', value: 'now()) | take 0' }], '').includes('take'), 'a time may be a query');
console.log(`${asked} literals came back as they were`);

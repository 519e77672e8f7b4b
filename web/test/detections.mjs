// What administrators set and what comes of it: working hours of groups, thresholds of hosts, how long
// rows are kept; and the journey of somebody who cannot have travelled so. The real program, a
// simulated tenant.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tenant } from './neighbours.mjs';
import { check, freePort, World } from './world.mjs';

const [, , program, hooked] = process.argv; // `hooked`: the same program, which lets itself be told the time
const tenant = await Tenant.start(program, 7);
process.on('exit', () => tenant.end());
// So late may records come that two days of log-ins are judged again when a setting changes.
const world = new World(program, 600, `${tenant.toml(['sign-ins', 'audits', 'identities'], 7)}[identity]\nlateness_minutes = 2880\n`, tenant.environment, '', await freePort(), sixDaysAgo);
// A day of receipt that is over: rows are kept by it, whatever time they tell of.
function sixDaysAgo(data) {
  const at = new Date(Date.now() - 6 * 86_400_000);
  const log = `${data}.log`;
  const settings = `${data}.toml`;
  writeFileSync(log, `${at.toISOString().replace(/\.\d+Z$/, '.000000+00:00')} gate sshd[9]: Failed password for root from 203.0.113.79 port 40000 ssh2\n`);
  writeFileSync(settings, `[[file]]\npath = ${JSON.stringify(log)}\nread = "all"\n`);
  const done = spawnSync(hooked, ['serve', '--once', '--config', settings, '--data', data],
    { encoding: 'utf8', env: { ...process.env, VEDETTE_TEST_CLOCK: `${at.toISOString().slice(0, 19)}Z,1` } });
  check(done.status === 0, `six days ago: ${done.stdout}${done.stderr}`);
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

// Away for a moment is no answer.
const ask = (page, path, init) => world.until(() => page.evaluate(([asked, how]) => fetch(asked, how).then((answer) => (answer.ok ? answer.json() : undefined), () => undefined), [path, init]), path);
const count = async (page, query) => (await ask(page, '/api/v1/logs/query', { method: 'POST', headers: { 'X-Vedette': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ query: `${query} | count` }) })).rows[0][0];
const alertsOf = async (page, rule) => (await ask(page, '/api/v1/alerts?limit=1000')).rows.filter((each) => each.rule === rule);
const settingOf = async (page, name) => (await ask(page, '/api/v1/detections')).settings.find((each) => each.name === name).value;

async function begin(page) {
  await world.setUp(page);
  await world.until(async () => (await ask(page, '/api/v1/detections')).groups.some((each) => each.name === 'All Company'), 'the groups of the directory');
  await world.until(async () => (await count(page, 'SigninLogs')) > 500, 'log-ins of the tenant');
}

// A week is drawn with the mouse and by keys, written, refused where it is no week; its effect is told before it
// holds; the detector obeys within seconds; and it is taken back.
async function workingHours(page) {
  await page.goto(`${world.address}/detections`);
  const changes = page.getByTestId('detections.changes');
  await page.getByTestId('hours.add').click();
  await page.getByText('Name a group, a person, or * for everybody.').waitFor();
  await page.getByTestId('hours.who').fill('Finance');
  await page.keyboard.press('Escape');
  await page.getByTestId('hours.add').click();
  const line = page.getByTestId('hours.line').first();
  await line.getByRole('heading', { name: /Finance \d+ p/ }).waitFor();
  const week = line.getByTestId('hours.week');
  check((await week.inputValue()) === 'Mon-Fri 08:00-18:00', `usual hours are ${await week.inputValue()}`);
  await world.axe(page, 'a week of working hours');
  await line.getByRole('button', { name: 'Sat 09:00, no work' }).click();
  await line.getByRole('button', { name: 'Sat 09:00, work' }).press('ArrowRight');
  await page.keyboard.press('Enter');
  check((await week.inputValue()) === 'Mon-Fri 08:00-18:00, Sat 09:00-11:00', `two hours more are ${await week.inputValue()}`);
  const cell = (name) => line.getByRole('button', { name });
  await cell('Sun 22:00, no work').hover();
  await page.mouse.down();
  await cell('Sun 23:00, no work').hover();
  await page.mouse.up();
  check((await week.inputValue()).endsWith('Sun 22:00-24:00'), `drawn hours are ${await week.inputValue()}`);
  await week.fill('Mo-Fr 8-18');
  await line.getByText('as in Mon-Fri 08:00-18:00').waitFor();
  await page.getByTestId('detections.save').click();
  await page.getByTestId('detections.hours').getByText('is no day').waitFor();
  check((await settingOf(page, 'working_hours')).length === 0, 'what is no week was saved');
  await page.getByTestId('hours.remove').click();
  await changes.getByText('Nothing is changed.').waitFor();
  // Nobody of the company works but for a minute of the day after tomorrow: all log-ins fall outside.
  await page.getByTestId('hours.who').fill('All Company');
  await page.keyboard.press('Escape');
  await page.getByTestId('hours.add').click();
  const day = days[new Date(Date.now() + 2 * 86_400_000).getUTCDay()];
  await page.getByTestId('hours.week').fill(`${day} 12:00-12:01`);
  await page.getByTestId('hours.zone').click();
  await page.getByTestId('hours.zone').fill('Europe/Ber');
  await page.getByRole('option', { name: 'Europe/Berlin' }).click();
  await page.getByTestId('detections.field.work_grace_minutes').fill('0');
  await page.getByTestId('detections.field.after_hours_habits').click({ force: true });
  await changes.getByText('3 not saved').waitFor();
  await page.getByTestId('detections.preview').click();
  const effect = page.getByTestId('hours.line').getByTestId('hours.effect');
  await effect.waitFor();
  const said = await effect.textContent();
  const [, outside, came, alerts] = /([\d,]+) people fall outside: of ([\d,]+) people.*Would have alerted ([\d,]+) times/.exec(said)?.map((each) => Number(each.replaceAll(',', ''))) ?? [];
  check(outside > 5 && came >= outside && alerts >= outside, `the effect is: ${said}`);
  await page.getByTestId('hours.rest').waitFor();
  await world.axe(page, 'the effect of working hours');
  const byTheseHours = async () => (await alertsOf(page, 'after_hours')).filter((each) => each.reasons.some((reason) => reason.includes('the working hours of All Company')));
  check((await byTheseHours()).length === 0, 'the preview has alerted');
  await page.getByTestId('detections.save').click();
  await changes.getByText('Nothing is changed.').waitFor();
  const saved = Date.now();
  await world.until(async () => (await byTheseHours()).length > 0, 'an alert by the new hours');
  console.log(`the detector obeyed ${Date.now() - saved} ms after the hours were saved`);
  check(readFileSync(join(world.data, 'detections.toml'), 'utf8').includes(`All Company; ${day} 12:00-12:01; Europe/Berlin; own; all`), 'the hours are not on the disk');
  const { rows } = await ask(page, '/api/v1/audit');
  check(rows.some((row) => row.detail.includes('working_hours [] -> [')), 'the hours are not in the audit log');
  await page.getByTestId('told.undo').last().click();
  await world.until(async () => (await settingOf(page, 'working_hours')).length === 0, 'the hours, taken back');
  check((await settingOf(page, 'after_hours_habits')) === true, 'the undo left a setting behind');
}

// Both log-ins with their places and times, distance and speed.
async function journey(page) {
  const found = await world.until(async () => (await ask(page, '/api/v1/incidents?limit=500')).rows.find((each) => each.rule === 'impossible_travel'), 'an impossible journey');
  await page.goto(`${world.address}/incidents/${found.number}`);
  const card = page.getByTestId('incident.journey');
  await card.waitFor();
  const title = await page.getByTestId('incident.journey.speed').textContent();
  const [, km, speed] = /^([\d,]+) km in .+: ([\d,]+) km\/h$/.exec(title)?.map((each) => Number(each.replaceAll(',', ''))) ?? [];
  check(km > 300 && speed > 0, `the journey is: ${title}`);
  for (const name of ['before', 'now']) {
    const cells = await page.getByTestId(`incident.journey.${name}`).locator('td').allTextContents();
    check(/\d/.test(cells[0]) && /, [A-Z]{2}/.test(cells[1]) && /^\d+\.\d+\.\d+\.\d+$|:/.test(cells[2]) && cells[3], `the log-in ${name} is ${cells}`);
  }
  await card.locator('svg').first().waitFor();
  await world.axe(page, 'an impossible journey');
}

// A threshold of hosts, SSH's and Windows': refused where it does not fit, kept, and obeyed by the next lines.
async function hosts(page) {
  await page.goto(`${world.address}/detections`);
  const threshold = page.getByTestId('hosts.field.detect.threshold');
  const window = page.getByTestId('hosts.field.detect.window');
  await threshold.waitFor();
  const line = (user) => world.append(new Date(), user);
  const attacks = async () => (await alertsOf(page, 'brute_force')).filter((each) => JSON.stringify(each).includes('203.0.113.78')).length;
  await window.fill('soon');
  await page.getByTestId('hosts.detect.save').click();
  await page.getByTestId('hosts.detect').getByText(/must be|is no|as in/).first().waitFor();
  await world.axe(page, 'a threshold of hosts that does not fit');
  await window.fill('10m');
  await threshold.fill('2');
  await page.getByTestId('hosts.detect.save').click();
  const kept = (text) => world.until(() => existsSync(join(world.data, 'connections.toml')) && text.test(readFileSync(join(world.data, 'connections.toml'), 'utf8')), `${text} in connections.toml`);
  await kept(/threshold = 2\b/);
  await page.getByText('Saved, and Vedette runs with it.').waitFor();
  const sessions = page.getByTestId('hosts.field.windows.failures');
  await sessions.fill('2');
  await page.getByTestId('hosts.windows.save').click();
  await kept(/failures = 2\b/);
  const before = await attacks();
  line('root');
  line('admin');
  await world.until(async () => (await attacks()) > before, 'an alert by the lower threshold');
  await page.reload();
  check((await threshold.inputValue()) === '2' && (await sessions.inputValue()) === '2', 'the thresholds are not shown again');
}

// Rows that are too old go within seconds, newer ones stay; the page says how much each table takes.
async function retention(page) {
  const old = () => count(page, 'Syslog | where TimeGenerated between (ago(8d) .. ago(5d))');
  await world.until(async () => (await old()) === 1, 'the row of long ago');
  await page.goto(`${world.address}/settings/retention`);
  await page.getByTestId('retention.bytes.syslog').getByText('~').waitFor();
  const shown = await page.getByTestId('retention.bytes.syslog').textContent();
  check(/^~ [\d.,]+ (k|M|G)?B$/.test(shown), `what Syslog takes is "${shown}"`);
  await page.getByTestId('retention.store_days').fill('3');
  await page.getByTestId('retention.save').click();
  await page.getByTestId('retention.confirm.typed').fill('delete what is older');
  await page.getByTestId('retention.confirm.do').click();
  await page.getByTestId('retention.confirm').waitFor({ state: 'detached' });
  const saved = Date.now();
  await world.until(async () => (await old()) === 0, 'the end of the row of long ago');
  console.log(`the row went ${Date.now() - saved} ms after it was saved`);
  check((await count(page, 'Syslog | where TimeGenerated > ago(1d)')) > 0, 'rows of today are gone, too');
}

let failure;
try {
  await world.begin();
  const page = await world.page();
  for (const [name, part] of Object.entries({ begin, workingHours, journey, retention, hosts })) {
    const begun = Date.now();
    await part(page);
    console.log(`${name}: ${Date.now() - begun} ms`);
  }
  const verified = spawnSync(program, ['audit', 'verify', '--data', world.data], { encoding: 'utf8' });
  check(verified.status === 0, `audit verify: ${verified.stdout}${verified.stderr}`);
} catch (error) {
  failure = error;
} finally {
  await world.end();
  tenant.end();
}
for (const problem of world.problems) console.log(problem);
if (failure) console.log(failure.stack);
console.log(world.problems.length || failure ? 'FAILED' : 'ok');
process.exit(world.problems.length || failure ? 1 : 0);

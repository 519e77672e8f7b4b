// The web app as people use it: Debian's Chromium against the real program.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, enrol } from './authenticator.mjs';
import { check, password, World } from './world.mjs';

const program = process.argv[2];
const world = new World(program, 4000, '', {}, 'second_factor_for = ["responder"]\n');

async function setUp(page) {
  await page.goto(`${world.address}/`);
  await page.getByTestId('setup.no-link').waitFor();
  await page.goto(`${world.address}/setup#guess`);
  await page.getByTestId('setup.name').fill('anna');
  for (const field of ['setup.password', 'setup.again']) await page.getByTestId(field).fill(password);
  await page.getByTestId('setup.make').click();
  await page.getByTestId('setup.problem').waitFor();
  await world.axe(page, 'set-up');
  await page.goto('about:blank');
  await world.setUp(page);
  await page.goto(world.setupLink); // used once
  await page.getByTestId('overview.page').waitFor();
}

async function workOnAnIncident(page) {
  await page.getByTestId('overview.need').first().click();
  await page.getByTestId('incident.acknowledge').click();
  await page.getByTestId('incident.acknowledge').waitFor({ state: 'detached' });
  await page.getByTestId('incident.own').click();
  await page.getByTestId('incident.own').waitFor({ state: 'detached' });
  await page.getByTestId('told.undo').click();
  await page.getByTestId('incident.own').waitFor();
  await page.getByTestId('incident.comment.text').fill('Looked at it: <b>a scanner</b>');
  await page.getByTestId('incident.comment.do').click();
  await page.locator('.timeline').getByText('<b>a scanner</b>').waitFor();
  await page.getByTestId('incident.task.text').fill('Ask <i>the owner</i>');
  await page.getByTestId('incident.task.add').click();
  await page.getByTestId('incident.task.1').click();
  await page.getByTestId('incident.tasks').getByText('done by').waitFor();
  await page.getByTestId('incident.close').click();
  await page.getByTestId('incident.close.do').click();
  await page.getByText('Say what it was.').waitFor();
  await world.axe(page, 'closing an incident');
  await page.getByTestId('incident.close.benignpositive').click();
  await page.getByTestId('incident.close.comment').fill('A test of ours.');
  await page.getByTestId('incident.close.do').click();
  await page.getByTestId('incident.reopen').waitFor();
  await page.getByTestId('told.undo').click();
  await page.getByTestId('incident.close').waitFor();
}

async function look(page) {
  await page.goto(`${world.address}/incidents`);
  await page.getByTestId('incidents.row').first().waitFor();
  const all = await page.getByTestId('incidents.row').count();
  await page.getByTestId('incidents.filter').fill('203.0.113.77');
  await page.waitForFunction((was) => document.querySelectorAll('[data-testid="incidents.row"]').length < was, all);
  check(page.url().includes('q=203.0.113.77'), `the filter is not in the address: ${page.url()}`);
  await page.getByTestId('incidents.row').first().click();
  await page.getByTestId('incident.why').waitFor();
  await page.getByText('[U+202E]').first().waitFor(); // shown, not obeyed
  await world.axe(page, 'an incident with hostile names');
  await page.goto(`${world.address}/incidents/424242`);
  await page.getByTestId('state.failed').waitFor();
}

// What a page asks before the app is there (src/early.ts) is what it asks then: nothing is asked twice.
async function askedOnce(page, address, isSame, shown) {
  let times = 0;
  const count = (request) => { if (isSame(request)) times++; };
  page.on('request', count);
  await page.goto(address);
  await shown.first().waitFor();
  page.off('request', count);
  check(times === 1, `${address} asks ${times} times`);
}

async function askTheLogs(page) {
  await askedOnce(page, `${world.address}/`, (request) => request.url().includes('/incidents?open=true'), page.getByTestId('overview.need'));
  const isOfRows = (request) => request.url().endsWith('/logs/query') && request.postData().includes('| take 200');
  const filter = JSON.stringify(JSON.stringify([{ column: 'Computer', is: true, value: 'gate', type: 'string' }]));
  await askedOnce(page, `${world.address}/logs?table=Syslog&f=${encodeURIComponent(filter)}&q=203`, isOfRows, page.locator('table.logs tbody tr'));
  await askedOnce(page, `${world.address}/logs?table=Syslog`, isOfRows, page.locator('table.logs tbody tr'));
  await page.getByTestId('logs.text').fill('203.0.113.77');
  await page.getByTestId('logs.text').press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('table.logs tbody tr').length === 18);
  const cell = page.locator('table.logs tbody tr').first().locator('td.cell').nth(1);
  await cell.hover();
  await cell.getByTitle('Filter out').click();
  await page.getByText('No row matches.').waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll('table.logs tbody tr').length === 18);
  await page.getByRole('button', { name: 'Details of row 1', exact: true }).click();
  await page.locator('.fields').waitFor();
  await world.axe(page, 'logs');
  await page.getByTestId('logs.export').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('logs.export.csv').click()]);
  const csv = readFileSync(await download.path(), 'utf8');
  check(csv.split('\n').length >= 19 && csv.includes('203.0.113.77'), `the export is not those rows: ${csv.slice(0, 300)}`);
  await page.goto(`${world.address}/logs?table=Nothing`);
  await page.getByTestId('state.failed').waitFor();
}

// Values of a column, where else a value is, rows as they arrive, Parquet, a view that is kept.
async function exploreTheLogs(page) {
  await page.goto(`${world.address}/logs?table=Syslog&facets=1`);
  await page.getByTestId('logs.facet.computer').click();
  const gate = page.getByRole('button', { name: 'Only Computer gate' });
  await gate.click();
  await page.waitForFunction(() => document.querySelectorAll('table.logs tbody tr').length === 18);
  await world.axe(page, 'the values of a column');
  await page.getByTestId('logs.views').click();
  await page.getByTestId('logs.views.save').click();
  await page.getByTestId('logs.views.name').fill('<b>the gate</b>');
  await page.getByTestId('logs.views.do').click();
  await page.getByText('Saved as').waitFor();
  const cell = page.locator('table.logs tbody tr').first().locator('td.cell').nth(1);
  await cell.hover();
  await cell.getByTitle('Where else?').click();
  await page.getByTestId('logs.pivot.table').filter({ hasText: 'ASimAuthenticationEventLogs' }).waitFor();
  await world.axe(page, 'where else a value is');
  await page.keyboard.press('Escape');
  await page.getByTestId('logs.export').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('logs.export.parquet').click()]);
  const parquet = readFileSync(await download.path());
  check(parquet.subarray(0, 4).toString() === 'PAR1' && parquet.subarray(-4).toString() === 'PAR1', 'the export is no Parquet file');
  await page.goto(`${world.address}/logs?table=ASimAuthenticationEventLogs`);
  await page.getByTestId('logs.views').click();
  await page.getByTestId('logs.views.open').getByText('<b>the gate</b>').click();
  await page.waitForFunction(() => document.querySelectorAll('table.logs tbody tr').length === 18);
  await page.goto(`${world.address}/logs?table=Syslog`);
  await page.getByTestId('logs.tail').click();
  await page.getByText('Waiting for rows that match.').waitFor();
  world.append(new Date(), 'tailed');
  await page.getByTestId('logs.tail.rows').getByText('tailed').first().waitFor();
}

// By keys alone: two incidents are chosen, closed together, and opened again; then the palette.
async function workOnSeveral(page) {
  await page.goto(`${world.address}/incidents`);
  await page.getByTestId('incidents.row').first().focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByTestId('bulk').getByText('2 selected').waitFor();
  await page.keyboard.press('c');
  await page.getByTestId('incidents.close.do').click();
  await page.getByText('Say what it was.').waitFor();
  await world.axe(page, 'closing two incidents');
  await page.getByTestId('incident.close.falsepositive').click();
  await page.getByTestId('incidents.close.do').click();
  await page.getByText('2 closed').waitFor();
  const closed = () => page.evaluate(() => fetch('/api/v1/incidents?status=Closed&limit=100').then((answer) => answer.json()).then((all) => all.rows.length));
  check((await closed()) === 2, 'they are not closed');
  await page.getByTestId('told.undo').last().click();
  await world.until(async () => (await closed()) === 0, 'the incidents, opened again');
  await page.goto(`${world.address}/alerts`);
  await page.getByRole('checkbox', { name: /^Select incident/ }).first().check();
  await page.getByTestId('bulk.own').click();
  await page.getByText('1 yours').waitFor();
  await page.locator('[data-filter]').focus();
  await page.keyboard.press('Control+k'); // from a filter, too
  await page.getByPlaceholder('A page, #number').fill('reten');
  await world.axe(page, 'the palette');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings/retention');
}

// A threshold is changed, refused where it does not fit, tried out, saved, taken back; an exception is made.
async function setDetections(page) {
  await page.goto(`${world.address}/detections`);
  await page.getByTestId('detections.page').waitFor();
  const attempts = page.getByTestId('detections.field.failed_attempts');
  const changes = page.getByTestId('detections.changes');
  const stored = () => page.evaluate(() => fetch('/api/v1/detections').then((answer) => answer.json())
    .then((all) => all.settings.find((each) => each.name === 'failed_attempts').value));
  check((await stored()) === 5, 'the usual threshold is another one');
  await attempts.fill('500');
  await page.getByText('must be a whole number from 2 to 24').waitFor();
  await page.getByTestId('detections.save').click();
  check((await stored()) === 5, 'a value that does not fit was saved');
  await world.axe(page, 'a setting that does not fit');
  await page.getByTestId('detections.undo').click();
  await changes.getByText('Nothing is changed.').waitFor();
  await attempts.fill('3');
  await changes.getByText('1 not saved').waitFor();
  await page.getByTestId('detections.preview').click();
  await page.getByTestId('detections.effect').waitFor();
  await page.getByTestId('detections.save').click();
  await page.getByText('changed here; the settings file says 5').waitFor();
  check((await stored()) === 3, 'the change is not stored');
  await page.reload();
  await page.getByText('changed here; the settings file says 5').waitFor();
  await page.getByRole('button', { name: 'Use the file’s' }).or(page.getByRole('button', { name: "Use the file's" })).click();
  await page.getByTestId('detections.save').click();
  await changes.getByText('Nothing is changed.').waitFor();
  check((await stored()) === 5, 'the file is not back');
  await page.getByTestId('told.undo').last().click();
  await page.getByText('changed here; the settings file says 5').waitFor();
  check((await stored()) === 3, 'the undo did nothing');
  await page.getByTestId('detections.field.high_risk_countries').fill('KP');
  await page.keyboard.press('Enter');
  await page.getByTestId('detections.on.dormant_account').click({ force: true });
  await page.getByTestId('detections.exception.add').click();
  await page.getByText('Each exception needs an end, an owner and a reason.').waitFor();
  await page.getByTestId('detections.exception.from').fill('192.0.2.0/24');
  await page.getByTestId('detections.exception.until').fill('2030-01-01');
  await page.getByTestId('detections.exception.owner').fill('IT');
  await page.getByTestId('detections.exception.reason').fill('the scanner in the basement');
  await page.getByTestId('detections.exception.add').click();
  await changes.getByText('3 not saved').waitFor();
  await page.getByTestId('detections.save').click();
  await changes.getByText('Nothing is changed.').waitFor();
  await page.reload();
  await page.getByText('the scanner in the basement').waitFor();
  check(readFileSync(join(world.data, 'detections.toml'), 'utf8').includes('off = ["dormant_account"]'), 'the rule is not off');
}

async function everyPage(page, scheme) {
  await page.emulateMedia({ colorScheme: scheme });
  for (const [path, part] of [['/', 'overview.map'], ['/incidents', 'incidents.page'], ['/incidents?q=nothing', 'state.empty'],
    ['/incidents/1', 'incident.timeline'], ['/alerts', 'alerts.page'], ['/alerts?group=address', 'alerts.page'],
    ['/detections', 'detections.exceptions'], ['/sources', 'sources.page'], ['/settings/users', 'settings.users'], ['/settings/tokens', 'settings.tokens'],
    ['/settings/audit', 'settings.audit'], ['/settings/backup', 'settings.backup'], ['/settings/connections', 'connections.files'], ['/welcome', 'connections.tenants'], ['/policies', 'policies.guard'], ['/settings/notifications', 'channels.preview'], ['/settings/retention', 'retention.keep'],
    ['/hunt', 'hunt.editor'], ['/logs?table=Syslog&facets=1', 'logs.facets'], ['/settings/me', 'settings.me']]) {
    await page.goto(world.address + path);
    await page.getByTestId(part).first().waitFor();
    await page.waitForLoadState('load');
    await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
    await world.axe(page, `${path} ${scheme}`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `${path} is wider than the window`);
  }
}

async function people(page) {
  await page.goto(`${world.address}/settings/users`);
  await page.getByTestId('users.add').click();
  await page.getByTestId('users.add.name').fill('bert');
  await page.getByTestId('users.add.password').fill('many blue bottles');
  await page.getByTestId('users.add.do').click();
  await page.locator('td', { hasText: 'bert' }).first().waitFor();
  await page.goto(`${world.address}/settings/tokens`);
  await page.getByTestId('tokens.add').click();
  await page.getByTestId('tokens.add.name').fill('grafana');
  await page.getByTestId('tokens.add.scope.incidents').check();
  await page.getByTestId('tokens.add.do').click();
  const token = await page.getByTestId('tokens.text').textContent();
  const ask = (path) => fetch(world.address + path, { headers: { Authorization: `Bearer ${token}` } }).then((answer) => answer.status);
  check((await ask('/api/v1/incidents')) === 200, 'the token opens nothing');
  check((await ask('/api/v1/users')) === 403, 'a viewer\'s token sees users');
  check((await ask('/api/v1/retention')) === 403, 'a token for incidents sees settings');
  await page.getByTestId('tokens.done').click();
  await page.goto(`${world.address}/settings/audit`);
  await page.getByTestId('audit.verify').click();
  await page.getByTestId('audit.verdict').getByText('Whole').waitFor();
  const verified = spawnSync(program, ['audit', 'verify', '--data', world.data], { encoding: 'utf8' });
  check(verified.status === 0 && verified.stdout.includes('whole'), `audit verify: ${verified.stdout}${verified.stderr}`);
}

async function logIn(page, name, word) {
  await page.goto(`${world.address}/login`);
  await page.getByTestId('login.name').fill(name);
  await page.getByTestId('login.password').fill(word);
  await page.getByTestId('login.enter').click();
}

// S4: enrolment with the QR code, a log-in with a code that is good once, the way back in without the
// phone; and a role that needs a second factor gets no further without one.
async function secondFactor(page) {
  await page.goto(`${world.address}/settings/me`);
  const { key, codes } = await enrol(page, password);
  await world.axe(page, 'recovery codes');
  await page.getByTestId('factor.recovery.done').click();
  await page.getByTestId('factor.on').getByText('10 recovery codes').waitFor();
  const other = await world.page();
  await logIn(other, 'anna', password);
  await other.getByTestId('login.code').fill('000000');
  await world.axe(other, 'log-in with a code');
  await other.getByTestId('login.enter').click();
  await other.getByTestId('login.problem').waitFor();
  const used = codeOf(key, 1); // the one of the enrolment is used up
  await other.getByTestId('login.code').fill(used);
  await other.getByTestId('login.enter').click();
  await other.getByTestId('overview.page').waitFor();
  await page.getByTestId('factor.password').fill(password);
  await page.getByTestId('factor.code').fill(used); // and so is this now
  await page.getByTestId('factor.off').click();
  await page.getByTestId('factor.problem').waitFor();
  await page.getByTestId('factor.code').fill(codes[0]);
  await page.getByTestId('factor.renew').click();
  const fresh = (await page.getByTestId('factor.recovery.codes').textContent()).split('\n');
  check(!fresh.includes(codes[1]), 'the new recovery codes are the old ones');
  await page.getByTestId('factor.recovery.done').click();
  await page.getByTestId('factor.password').fill(password);
  await page.getByTestId('factor.code').fill(fresh[0]);
  await page.getByTestId('factor.off').click();
  await page.getByTestId('factor.begin').waitFor();
  await other.context().close();
}

async function mustEnrol(page) {
  await page.goto(`${world.address}/settings/users`);
  const added = spawnSync(program, ['user', 'add', 'rita', '--role', 'responder', '--data', world.data], { input: 'nine yellow bottles\n', encoding: 'utf8' });
  check(added.status === 0, `user add: ${added.stderr}`);
  const other = await world.page();
  await logIn(other, 'rita', 'nine yellow bottles');
  await other.getByTestId('enrol.page').waitFor();
  await world.axe(other, 'enrolment that is needed');
  check((await other.evaluate(() => fetch('/api/v1/incidents').then((answer) => answer.status))) === 403, 'who must enrol reads incidents');
  await enrol(other, 'nine yellow bottles');
  await other.getByTestId('factor.recovery.done').click();
  await other.getByTestId('overview.page').waitFor();
  await page.reload();
  await page.getByTestId('users.more.rita').click();
  await page.getByTestId('users.factor.reset').click();
  await page.getByText('logs in with the password alone').waitFor();
  await other.reload();
  await other.getByTestId('login.page').waitFor(); // the session is over
  await page.getByTestId('users.more.rita').click();
  await page.getByTestId('users.remove').click();
  await page.getByTestId('users.remove.name').fill('rita');
  await page.getByTestId('users.remove.do').click();
  await page.locator('td', { hasText: 'rita' }).first().waitFor({ state: 'detached' });
  await other.context().close();
}

// What one person does is seen by another without asking; who only reads cannot work.
async function twoAtOnce(page) {
  const other = await world.page({ viewport: { width: 390, height: 844 } });
  await other.goto(`${world.address}/incidents?view=mine`);
  await other.getByTestId('login.name').fill('bert');
  await other.getByTestId('login.password').fill('wrong password here');
  await other.getByTestId('login.enter').click();
  await other.getByTestId('login.problem').waitFor();
  await world.axe(other, 'log-in on a phone');
  await other.getByTestId('login.password').fill('many blue bottles');
  await other.getByTestId('login.enter').click();
  await other.getByTestId('incidents.page').waitFor();
  check(other.url().includes('view=mine'), 'the log-in leads elsewhere');
  await other.goto(`${world.address}/incidents/2`);
  await page.goto(`${world.address}/incidents/2`);
  await page.getByTestId('shell.live').getByText('Live').waitFor();
  await other.getByTestId('incident.acknowledge').click(); // on a phone
  await page.locator('.timeline').getByText('bert').first().waitFor(); // through the stream
  await world.axe(other, 'an incident on a phone');
  await other.goto(`${world.address}/settings/users`);
  await other.getByText('Users are for administrators.').waitFor();
  await other.getByTestId('shell.me').click();
  await other.getByTestId('shell.leave').click();
  await other.getByTestId('login.page').waitFor();
  await other.context().close();
}

// S6: a page of another site, with the user's browser, changes nothing and reads nothing.
async function crossSite(page) {
  const evil = await page.context().newPage();
  await evil.goto(world.address.replace('127.0.0.1', 'localhost') + '/healthz');
  const got = await evil.evaluate(async (address) => {
    const ask = (path, init) => fetch(address + path, { credentials: 'include', ...init }).then((answer) => String(answer.status), () => 'refused');
    return [await ask('/api/v1/incidents'), await ask('/api/v1/incidents/3/acknowledge', { method: 'POST', headers: { 'X-Vedette': '1' } }),
      await ask('/api/v1/incidents/3/acknowledge', { method: 'POST', mode: 'no-cors' })];
  }, world.address);
  check(got[0] === 'refused' && got[1] === 'refused', `another site's page got ${got}`);
  await evil.close();
  const state = await page.evaluate(() => fetch('/api/v1/incidents/3').then((answer) => answer.json()));
  check(state.status === 'New', `another site's page changed incident 3: ${state.status}`);
}

let failure;
try {
  await world.begin();
  const page = await world.page();
  for (const [name, part] of Object.entries({ setUp, workOnAnIncident, look, askTheLogs, exploreTheLogs, workOnSeveral, setDetections, people, secondFactor, mustEnrol, twoAtOnce })) {
    const begun = Date.now();
    await part(page);
    console.log(`${name}: ${Date.now() - begun} ms`);
  }
  for (const scheme of ['light', 'dark']) await everyPage(page, scheme);
  const before = world.problems.length;
  await crossSite(page);
  world.problems.length = before; // what that page was refused is in its console
} catch (error) {
  failure = error;
} finally {
  await world.end();
}
for (const problem of world.problems) console.log(problem);
if (failure) console.log(failure.stack);
console.log(world.problems.length || failure ? 'FAILED' : 'ok');
process.exit(world.problems.length || failure ? 1 : 0);

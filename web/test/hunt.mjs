// The Hunt page as an analyst uses it: Debian's Chromium against the real program, with a simulated
// workspace elsewhere.
import { spawnSync } from 'node:child_process';
import { Tenant } from './neighbours.mjs';
import { check, World } from './world.mjs';

const program = process.argv[2];
const tenant = await Tenant.start(program, 2);
const world = new World(program, 4000, tenant.toml(['identities'], 1), tenant.environment);

const rowsWanted = 100_000;
const rowsInPageMax = 60;
// A hundred million pairs: longer than anybody waits.
const endless = 'let a = range x from 1 to 100000 step 1 | extend k = 1;\n\na | join kind=inner (a) on k | summarize max(hash(strcat(x, x1)))';

const editor = (page) => page.locator('.monaco-editor').first();

async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

const ready = (page) => page.locator('[data-testid="hunt.outcome"][data-ready]').waitFor();
const outcome = (page) => page.evaluate(() => document.querySelector('[data-testid="hunt.outcome"]')?.dataset.run ?? '');

async function run(page, text, key = 'Shift+Enter') {
  await write(page, text);
  const before = await outcome(page);
  await page.keyboard.press(key);
  await page.waitForFunction((was) => {
    const place = document.querySelector('[data-testid="hunt.outcome"][data-ready]');
    return place && place.dataset.run !== was;
  }, before);
}

const cells = (page, column) => page.locator(`.grid-row:not(.grid-head) [data-column="${column}"]`);
const rowCount = async (page) => Number(await page.getByTestId('hunt.grid').getAttribute('aria-rowcount')) - 1;
const api = (page, path, method = 'GET', body = undefined) =>
  page.evaluate(([at, how, what]) => fetch(`/api/v1/${at}`, { method: how, headers: { 'X-Vedette': '1' }, ...(what ? { body: JSON.stringify(what) } : {}) }).then(async (answer) => ({ status: answer.status, body: await answer.json().catch(() => null) })), [path, method, body]);

async function openPage(page) {
  await page.goto(`${world.address}/hunt`);
  await page.locator('[data-testid="hunt.editor"][data-ready]').waitFor();
}

// Columns of our tables are offered; nothing is fetched from anywhere else (world.page watches).
async function complete(page) {
  await write(page, 'Syslog\n| where ');
  await page.keyboard.type('SyslogM', { delay: 30 });
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'SyslogMessage' }).first().waitFor();
  await world.axe(page, 'what is offered');
  await page.keyboard.press('Enter');
  await page.locator('.view-line', { hasText: 'SyslogMessage' }).waitFor();
  await page.keyboard.press('Escape');
}

// The block at the cursor with the names above it; then all of them.
async function runBlocks(page) {
  await run(page, 'let wanted = 3;\n\nprint first = 1\n\nrange x from 1 to wanted step 1');
  check((await rowCount(page)) === 3, 'the block at the cursor was not run, or without its let');
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Shift+Enter');
  await page.getByTestId('hunt.grid.column').filter({ hasText: 'first' }).waitFor();
  await run(page, 'print first = 1\n\nprint second = 2', 'Control+Enter');
  await page.getByTestId('hunt.tables').getByText('Table 2').click();
  await page.getByTestId('hunt.grid.column').filter({ hasText: 'second' }).waitFor();
}

// What the service says stands at its place, while it is written and when it is run.
async function wrong(page) {
  await write(page, 'print 1\n\nSyslog\n| where NoSuchColumn == 1');
  // Under the word, and nowhere else.
  await page.waitForFunction(() => {
    const marks = [...document.querySelectorAll('.squiggly-error')].map((each) => each.getBoundingClientRect());
    for (const span of document.querySelectorAll('.view-line span span')) {
      const at = span.textContent.indexOf('NoSuchColumn');
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(span.firstChild, at);
      range.setEnd(span.firstChild, at + 'NoSuchColumn'.length);
      const word = range.getBoundingClientRect();
      return marks.length === 1 && Math.abs(marks[0].x - word.x) < 4 && Math.abs(marks[0].width - word.width) < 6 && Math.abs(marks[0].y - word.y) < 12;
    }
    return false;
  });
  await page.keyboard.press('Shift+Enter');
  await page.getByTestId('hunt.wrong').getByText('Line 4, column 9').waitFor();
  await world.axe(page, 'a query that is wrong');
}

// Cancelled, and ended by a newer one; the service says that it stopped them.
async function cancel(page) {
  const stopped = async () => (await api(page, 'hunts/history')).body.rows.filter((row) => row.problem.includes('KQL404')).length;
  await write(page, endless);
  await page.keyboard.press('Shift+Enter');
  await page.getByTestId('hunt.progress').getByText(/Running.* [1-9]\d* s/).waitFor();
  await page.getByTestId('hunt.cancel').click();
  await page.getByText('The run was cancelled.').waitFor();
  await world.until(async () => (await stopped()) === 1, 'the end of the run that was cancelled');
  await page.getByTestId('hunt.run').click();
  await page.getByTestId('hunt.progress').waitFor();
  await run(page, 'print newer = 1');
  await page.getByTestId('hunt.grid.column').filter({ hasText: 'newer' }).waitFor();
  await world.until(async () => (await stopped()) === 2, 'the end of the run that a newer one ended');
}

// 100,000 rows: few of them are in the page, wherever one is, and they are the right ones.
async function scroll(page) {
  await run(page, `range x from 1 to ${rowsWanted} step 1 | extend address = strcat("203.0.113.", x % 256), kind = iff(x % 3 == 0, "a\u202eb", "plain")`);
  check((await rowCount(page)) === rowsWanted, `there are ${await rowCount(page)} rows`);
  const seen = await page.evaluate(async () => {
    const box = document.querySelector('[data-testid="hunt.grid"]');
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const times = [];
    let most = 0;
    const wrongPlaces = [];
    for (let i = 0; i < 120; ++i) {
      const begun = performance.now();
      box.scrollTop = i < 80 ? box.scrollTop + 400 : (box.scrollHeight / 40) * (i - 80);
      await frame();
      await frame();
      times.push((performance.now() - begun) / 2);
      const rows = [...box.querySelectorAll('[data-place]')];
      most = Math.max(most, rows.length);
      // Where the middle of the grid is, there is a row, and it is that one.
      const middle = Math.floor((box.scrollTop + box.clientHeight / 2) / 28);
      const row = rows.find((each) => Math.abs(Number(each.dataset.place) - middle) <= 1);
      if (!row || Number(row.querySelector('[data-column="0"]').textContent) !== Number(row.dataset.place) + 1) wrongPlaces.push(`${middle} at ${box.scrollTop}`);
    }
    times.sort((a, b) => a - b);
    return { most, median: times[60], worst: times.at(-1), wrongPlaces, elements: document.querySelectorAll('*').length };
  });
  check(seen.most > 10 && seen.most <= rowsInPageMax, `${seen.most} rows are in the page`);
  check(seen.wrongPlaces.length === 0, `at ${seen.wrongPlaces.slice(0, 5)} there are other rows, or none`);
  console.log(`scrolling: ${seen.most} rows in the page, ${seen.elements} elements, a frame ${seen.median.toFixed(1)} ms in the middle, ${seen.worst.toFixed(1)} ms at the worst`);
  await page.getByText('[U+202E]').first().waitFor(); // shown, not obeyed
  await page.getByTestId('hunt.grid').focus();
  await page.keyboard.press('Control+End');
  await page.locator('#hunt-active', { hasText: 'plain' }).waitFor();
  check((await page.locator('#hunt-active').locator('xpath=..').getAttribute('aria-rowindex')) === String(rowsWanted + 1), 'the last row is not where the keys lead');
  await world.axe(page, 'a hundred thousand rows');
  await page.getByTestId('hunt.grid.column').filter({ hasText: 'kind' }).click();
  await page.getByTestId('hunt.column').getByText('66,667, 67 %').waitFor();
  await page.getByTestId('hunt.column').getByText('Sort down').click();
  await page.locator('[role=columnheader][aria-sort=descending]').waitFor();
  await world.axe(page, 'the facts of a column');
  await page.getByTestId('hunt.parts').getByText('Stats').click();
  await page.getByTestId('hunt.stats').getByText('50,000').first().waitFor();
}

// What can be done with a value: it becomes a line of the query.
async function filter(page) {
  await run(page, 'Syslog\n| project TimeGenerated, Computer, SyslogMessage\n| take 500');
  const all = await rowCount(page);
  const gate = cells(page, 1).first();
  await gate.hover();
  const name = await gate.locator('bdi').textContent();
  await gate.getByTitle('Filter out').click();
  await page.locator('.view-line', { hasText: `Computer != "` }).waitFor();
  await page.waitForFunction((was) => Number(document.querySelector('[data-testid="hunt.grid"]')?.getAttribute('aria-rowcount') ?? 1) - 1 !== was || document.querySelector('[data-testid="state.empty"]'), all);
  check(!(await cells(page, 1).locator('bdi').allTextContents()).includes(name), `${name} is still there`);
  await page.getByTestId('hunt.parts').getByText('Inspector').click();
  await page.getByTestId('hunt.inspector.sql').getByText('SELECT').waitFor();
  check(/^[\d,]+$/.test(await page.getByTestId('hunt.inspector.scanned').textContent()), 'the rows scanned are not known');
  await world.axe(page, 'the inspector');
}

async function draw(page) {
  await run(page, 'Syslog | summarize Rows = count() by bin(TimeGenerated, 10m), ProcessName | render timechart');
  await page.locator('[data-testid=chart][data-kind=line] path').first().waitFor();
  await world.axe(page, 'lines');
  await run(page, 'Syslog | summarize Rows = count() by Computer | render piechart');
  await page.locator('[data-testid=chart][data-kind=pie]').waitFor();
  await world.axe(page, 'shares');
  await run(page, 'Syslog | summarize Rows = count() by ProcessName | render barchart');
  await page.locator('[data-testid=chart][data-kind=bar]').waitFor();
  await page.getByTestId('hunt.parts').getByText('Rows').click();
  await page.getByTestId('hunt.grid').waitFor();
}

async function remember(page) {
  const newest = page.getByTestId('hunt.history').locator('li').first();
  await newest.getByTestId('hunt.history.star').click();
  await page.getByRole('button', { name: 'Take the star off' }).waitFor();
  await newest.getByTestId('hunt.history.comment').click();
  await page.getByTestId('hunt.history.comment.text').fill('<b>look again</b>');
  await page.keyboard.press('Enter');
  await page.getByText('<b>look again</b>').waitFor();
  await openPage(page); // the page anew: tabs and history are there
  await page.locator('.view-line', { hasText: 'barchart' }).waitFor();
  await page.getByText('<b>look again</b>').waitFor();
  await page.getByRole('button', { name: 'Take the star off' }).waitFor();
  await world.axe(page, 'history');
}

async function keep(page) {
  await page.getByTestId('hunt.save').click();
  await page.getByTestId('hunt.save.title').fill('Rows by <i>process</i>');
  await page.getByTestId('hunt.save.pin').check();
  await world.axe(page, 'saving a hunt');
  await page.getByTestId('hunt.save.do').click();
  await page.getByText('Saved, and on the overview').waitFor();
  await page.goto(`${world.address}/`);
  await page.getByTestId('overview.pinned').locator('[data-testid=chart][data-kind=bar]').waitFor();
  await world.axe(page, 'the overview with a pinned hunt');
  await page.getByTestId('overview.pinned.open').click();
  await ready(page);
  await page.getByTestId('hunt.panels').getByText('Saved').click();
  await page.getByTestId('hunt.saved').getByText('Rows by <i>process</i>').waitFor();
  await page.getByTestId('hunt.saved.filter').fill('password spray from one');
  await page.getByTestId('hunt.saved.open').first().click();
  await page.locator('.view-line', { hasText: 'SigninLogs' }).waitFor();
  await page.getByTestId('hunt.saved.filter').fill('process');
  await world.axe(page, 'saved hunts');
  await page.getByTestId('hunt.saved.pin').click();
  await page.getByTestId('hunt.saved.pin').getByText('Pin to').waitFor();
  await page.getByTestId('hunt.saved.delete').click();
  await page.getByText('is deleted').waitFor();
  await page.getByTestId('told.undo').last().click();
  await page.getByTestId('hunt.saved').getByText('Rows by <i>process</i>').waitFor();
  await page.getByTestId('hunt.panels').getByText('Tables').click();
  await page.getByTestId('hunt.schema').getByText('Syslog', { exact: false }).first().click();
  await page.getByTestId('hunt.schema').getByText('SyslogMessage').waitFor();
  await world.axe(page, 'tables');
}

// The same rows with the same now(), for who gets the link.
async function link(page) {
  await run(page, 'print at = now(), big = 9007199254740993');
  const shown = await cells(page, 0).first().textContent();
  check((await cells(page, 1).first().textContent()) === '9007199254740993', 'a large number was rounded');
  await page.getByTestId('hunt.share').click();
  await page.getByText('The link is copied').waitFor();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  const other = await page.context().newPage();
  await other.goto(address);
  await other.getByTestId('hunt.linked').getByText('These are the rows').waitFor();
  check((await cells(other, 0).first().textContent()) === shown, 'now() is another one');
  await other.reload();
  await ready(other);
  await other.close();
}

// Escape, then Tab: the keyboard is not caught.
async function leave(page) {
  await write(page, 'print 1');
  const isInside = () => page.evaluate(() => document.activeElement?.closest('.monaco-editor') !== null);
  await page.keyboard.press('Tab');
  check(await isInside(), 'Tab alone left the editor');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  check(!(await isInside()), 'Escape, then Tab does not leave the editor');
}

// Here, there, and what differs.
async function elsewhere(page) {
  await page.getByTestId('hunt.place').click();
  await page.getByRole('option', { name: 'workspace:northwind', exact: true }).click();
  await run(page, 'SigninLogs | take 5');
  check((await rowCount(page)) === 5, 'the workspace gave no rows');
  await page.getByTestId('hunt.place').click();
  await page.getByRole('option', { name: 'Here and workspace:northwind' }).click();
  await run(page, 'SigninLogs | summarize Rows = count()');
  await page.getByTestId('hunt.tables').getByText('Differences').waitFor();
  await page.getByTestId('hunt.grid.column').filter({ hasText: 'Only' }).waitFor();
  check((await cells(page, 0).locator('bdi').allTextContents()).includes('local'), 'the rows do not say where they are');
  await page.getByTestId('hunt.tables').getByText('workspace:northwind').click();
  await world.axe(page, 'differences');
  const refused = await api(page, 'hunts/run', 'POST', { query: 'print 1', on: 'adx:https://example.org/Samples' });
  check(refused.status === 422 && JSON.stringify(refused.body).includes('name no such place'), `a place of somebody's own: ${JSON.stringify(refused)}`);
}

async function viewer() {
  const added = spawnSync(program, ['user', 'add', 'vera', '--role', 'viewer', '--data', world.data], { input: 'nine yellow bottles\n', encoding: 'utf8' });
  check(added.status === 0, `user add: ${added.stderr}`);
  const page = await world.page();
  await page.goto(`${world.address}/login?to=/hunt`);
  await page.getByTestId('login.name').fill('vera');
  await page.getByTestId('login.password').fill('nine yellow bottles');
  await page.getByTestId('login.enter').click();
  await page.getByText('Hunting needs the role analyst.').waitFor();
  check((await api(page, 'hunts/run', 'POST', { query: 'print 1' })).status === 403, 'a viewer runs hunts');
  check((await api(page, 'hunts/saved')).status === 200, 'a viewer does not see what is pinned');
  await page.context().close();
}

let failure;
let page;
try {
  await world.begin();
  page = await world.page({ permissions: ['clipboard-read', 'clipboard-write'], colorScheme: 'light' });
  await world.setUp(page);
  await openPage(page);
  const only = process.env.HUNT_PARTS?.split(' ');
  for (const [name, part] of Object.entries({ complete, runBlocks, wrong, cancel, scroll, filter, draw, remember, keep, link, leave, elsewhere, viewer })) {
    if (only && !only.includes(name)) continue;
    const begun = Date.now();
    await part(page);
    console.log(`${name}: ${Date.now() - begun} ms`);
    if (process.env.HUNT_SHOTS) await page.screenshot({ path: `${process.env.HUNT_SHOTS}/${name}.png` });
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await openPage(page);
  await run(page, 'Syslog | summarize Rows = count() by bin(TimeGenerated, 10m) | render timechart');
  await world.axe(page, 'a hunt, dark');
  await page.setViewportSize({ width: 390, height: 844 });
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'the page is wider than a phone');
  await world.axe(page, 'a hunt on a phone');
  if (process.env.HUNT_SHOTS) await page.screenshot({ path: `${process.env.HUNT_SHOTS}/phone.png` });
} catch (error) {
  failure = error;
  if (process.env.HUNT_SHOTS) await page?.screenshot({ path: `${process.env.HUNT_SHOTS}/failed.png` });
} finally {
  await world.end();
  tenant.end();
}
for (const problem of world.problems) console.log(problem);
if (failure) console.log(failure.stack);
console.log(world.problems.length || failure ? 'FAILED' : 'ok');
process.exit(world.problems.length || failure ? 1 : 0);

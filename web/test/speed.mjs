// How long people wait: node speed.mjs PROGRAM STORE RUNS. The service runs on a copy of that store, and a
// browser with a profile of its own, as people have, shows its pages again and again in one tab: opened by
// their address (which loads the whole app anew), or by a click in the app. One line of JSON for each figure.
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { browserOptions, check, World } from './world.mjs';

const [, , program, store, runs] = process.argv;
const world = new World(program, 2000, '[store]\nkeep_days = 60\n', {}, '', 0, (data) => {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  cpSync(store, join(data, 'store'), { recursive: true });
});

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const tell = (figure) => console.log(JSON.stringify(figure));
const warmings = 3; // a browser keeps compiled scripts when it sees them a second time
const elsewhere = '/alerts';

// From the begin of a navigation, or a step in the app, until the frame after a part is there.
function watch() {
  const seen = (globalThis.seenParts = {});
  let begun = 0;
  let parts = JSON.parse(sessionStorage.getItem('speed-parts') ?? '{}');
  const look = () => {
    for (const [name, selector] of Object.entries(parts)) {
      if (name in seen || !document.querySelector(selector)) continue;
      seen[name] = 0;
      requestAnimationFrame(() => setTimeout(() => { seen[name] = performance.now() - begun; }));
    }
  };
  globalThis.watchStep = (wanted) => {
    for (const name of Object.keys(seen)) delete seen[name];
    parts = {};
    const begin = (event) => {
      begun = event.timeStamp;
      parts = wanted;
    };
    for (const kind of ['click', 'popstate']) addEventListener(kind, begin, { capture: true, once: true });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

// Processor time of the service so far.
function serviceMs() {
  const fields = readFileSync(`/proc/${world.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // ticks of a hundredth of a second
}

// Processor time of the page's process so far.
async function pageMs(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((each) => each.name === 'ProcessTime').value * 1000;
}

const rest = (page) => page.waitForLoadState('networkidle');

// `go` is what the person does.
async function times(tab, parts, go) {
  const before = { service: serviceMs(), page: await pageMs(tab.session) };
  await go();
  const found = await tab.page.waitForFunction((names) => {
    const seen = globalThis.seenParts;
    return names.every((name) => seen[name] > 0) ? { ...seen } : undefined;
  }, Object.keys(parts), { timeout: 60_000 });
  const seen = await found.jsonValue();
  return { ...seen, busy: { page: (await pageMs(tab.session)) - before.page, service: serviceMs() - before.service } };
}

async function measure(name, parts, once) {
  const all = [];
  for (let i = -warmings; i < Number(runs); i++) {
    const figures = await once();
    if (i >= 0) all.push(figures);
  }
  for (const part of Object.keys(parts)) {
    const values = all.map((each) => Math.round(each[part]));
    tell({ name, part, median_ms: median(values), most_ms: Math.max(...values) });
  }
  // What the load of the machine changes less: how long the page's process and the service were at work.
  for (const who of ['page', 'service']) {
    const values = all.map((each) => Math.round(each.busy[who]));
    tell({ name, part: `${who}'s processor`, median_ms: median(values), most_ms: Math.max(...values) });
  }
}

// Its address in a tab that showed another page of the app.
async function byAddress(tab, name, path, parts) {
  await measure(name, parts, async () => {
    await tab.page.goto(`${world.address}${elsewhere}`);
    await rest(tab.page);
    await tab.page.evaluate((wanted) => sessionStorage.setItem('speed-parts', JSON.stringify(wanted)), parts);
    const figures = await times(tab, parts, () => tab.page.goto(world.address + path, { waitUntil: 'commit' }));
    await rest(tab.page);
    return figures;
  });
}

async function toElsewhere(tab) {
  await tab.page.locator(`nav a[href="${elsewhere}"]`).click();
  await tab.page.locator('[data-testid="alerts.page"] [data-ready]').first().waitFor();
}

// Within the app, from another page: a click on its name, or back to where one was.
async function within(tab, name, path, parts, go) {
  await tab.page.goto(world.address + path);
  await measure(name, parts, async () => {
    await rest(tab.page);
    await toElsewhere(tab);
    await tab.page.evaluate((wanted) => globalThis.watchStep(wanted), parts);
    return times(tab, parts, go);
  });
}

// What a browser that was never here takes from the service until the first page is there: the app's files,
// and the answers about what is stored.
async function firstBytes(storageState) {
  const context = await world.browser.newContext({ storageState });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const answers = new Set();
  const bytes = { app: 0, answers: 0 };
  session.on('Network.requestWillBeSent', (event) => { if (/\/(api|readyz)/.test(event.request.url)) answers.add(event.requestId); });
  session.on('Network.loadingFinished', (event) => { bytes[answers.has(event.requestId) ? 'answers' : 'app'] += event.encodedDataLength; });
  await page.goto(`${world.address}/`);
  await page.getByTestId('overview.page').waitFor();
  await rest(page);
  await context.close();
  return bytes;
}

try {
  await world.begin();
  const page = await world.page();
  await world.setUp(page);
  const storageState = await page.context().storageState();
  await page.close();
  const bytes = await firstBytes(storageState);
  tell({ name: 'download', part: 'first page, packed', kilobytes: Math.round((bytes.app + bytes.answers) / 1000) });
  tell({ name: 'download', part: 'the app of it', kilobytes: Math.round(bytes.app / 1000) });
  const person = await chromium.launchPersistentContext(join(world.folder, 'profile'), { ...browserOptions, viewport: { width: 1440, height: 900 } });
  await person.addCookies(storageState.cookies);
  const tab = { page: person.pages()[0] };
  tab.session = await person.newCDPSession(tab.page);
  await tab.session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await tab.page.addInitScript(watch);
  const rows = 'table.logs tbody tr';
  const bars = '.bars-plot';
  const progress = '[data-testid="logs.reading"]';
  const useful = '[data-testid="overview.need"]';
  await byAddress(tab, 'overview', '/', { useful });
  await within(tab, 'overview, by a click', '/', { useful }, () => tab.page.locator('nav a[href="/"]').click({ noWaitAfter: true }));
  await byAddress(tab, 'logs, 24 h', '/logs?table=SigninLogs&t=24h', { rows, bars });
  await within(tab, 'logs, 24 h, by going back', '/logs?table=SigninLogs&t=24h', { rows, bars }, () => tab.page.evaluate(() => history.back()));
  await byAddress(tab, 'logs, 30 days', '/logs?table=SigninLogs&t=30d', { rows, bars });
  await byAddress(tab, 'logs, all time', '/logs?table=SigninLogs&t=all', { progress, rows, bars });
  await byAddress(tab, 'logs, all time, one person', '/logs?table=SigninLogs&t=all&q=user7%40contoso.example', { progress, rows, bars });
  await person.close();
  check(world.problems.length === 0, world.problems.join('\n'));
} finally {
  await world.end();
}

// How long people wait: node speed.mjs PROGRAM STORE RUNS. The service runs on a copy of that store; a
// browser that has been there before opens pages again and again. One line of JSON for each figure.
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, World } from './world.mjs';

const [, , program, store, runs] = process.argv;
const world = new World(program, 2000, '[store]\nkeep_days = 60\n', {}, '', 0, (data) => {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  cpSync(store, join(data, 'store'), { recursive: true });
});

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const tell = (figure) => console.log(JSON.stringify(figure));

// From the begin of the navigation until the frame after a part is there.
function watch(parts) {
  const seen = (globalThis.seenParts = {});
  const look = () => {
    for (const [name, selector] of Object.entries(parts)) {
      if (name in seen || !document.querySelector(selector)) continue;
      seen[name] = 0;
      requestAnimationFrame(() => setTimeout(() => { seen[name] = performance.now(); }));
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

// Processor time of the service so far.
function serviceMs() {
  const fields = readFileSync(`/proc/${world.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // ticks of a hundredth of a second
}

async function times(context, path, parts) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = serviceMs();
  await page.addInitScript(watch, parts);
  await page.goto(world.address + path);
  const found = await page.waitForFunction((count) => {
    const values = Object.values(globalThis.seenParts);
    return values.length === count && values.every((each) => each > 0) ? globalThis.seenParts : undefined;
  }, Object.keys(parts).length, { timeout: 60_000 });
  const seen = await found.jsonValue();
  const { metrics } = await session.send('Performance.getMetrics');
  const busy = { page: metrics.find((each) => each.name === 'TaskDuration').value * 1000, service: serviceMs() - before };
  await page.close();
  return { ...seen, busy };
}

async function measure(context, name, path, parts) {
  await times(context, path, parts); // warm
  const all = [];
  for (let i = 0; i < Number(runs); i++) all.push(await times(context, path, parts));
  for (const part of Object.keys(parts)) {
    const values = all.map((each) => Math.round(each[part]));
    tell({ name, part, median_ms: median(values), most_ms: Math.max(...values) });
  }
  // What the load of the machine changes less: how long the page's thread and the service were at work.
  for (const who of ['page', 'service']) {
    const values = all.map((each) => Math.round(each.busy[who]));
    tell({ name, part: `${who}'s processor`, median_ms: median(values), most_ms: Math.max(...values) });
  }
}

// What a browser that was never here takes from the service until the first page is there.
async function firstBytes(storageState) {
  const context = await world.browser.newContext({ storageState });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await page.goto(`${world.address}/`);
  await page.getByTestId('overview.page').waitFor();
  await page.waitForLoadState('networkidle');
  await context.close();
  return bytes;
}

try {
  await world.begin();
  const page = await world.page();
  await world.setUp(page);
  const context = page.context();
  const storageState = await context.storageState();
  await page.close();
  tell({ name: 'download', part: 'first page, packed', kilobytes: Math.round((await firstBytes(storageState)) / 1000) });
  await measure(context, 'overview', '/', { useful: '[data-testid="overview.need"]' });
  const rows = 'table.logs tbody tr';
  await measure(context, 'logs, 24 h', '/logs?table=SigninLogs&t=24h', { rows, bars: '.bars-plot' });
  await measure(context, 'logs, 30 days', '/logs?table=SigninLogs&t=30d', { rows, bars: '.bars-plot' });
  await measure(context, 'logs, all time', '/logs?table=SigninLogs&t=all', { progress: '[data-testid="logs.reading"]', rows, bars: '.bars-plot' });
  await measure(context, 'logs, all time, one person', '/logs?table=SigninLogs&t=all&q=user7%40contoso.example', { progress: '[data-testid="logs.reading"]', rows, bars: '.bars-plot' });
  check(world.problems.length === 0, world.problems.join('\n'));
} finally {
  await world.end();
}

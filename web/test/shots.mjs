// Every page in both themes as a picture: node shots.mjs PROGRAM FOLDER. Of three worlds: nothing
// has come yet; a simulated tenant and some attacks; 100,000 lines with names as long as they can be.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Tenant } from './neighbours.mjs';
import { World } from './world.mjs';

const [, , program, folder] = process.argv;
mkdirSync(folder, { recursive: true });

const pages = { overview: '/', incidents: '/incidents', incident: '/incidents/1', hostile: '/incidents?q=203.0.113.77', alerts: '/alerts',
  logs: '/logs?table=Syslog', hunt: '/hunt', values: '/logs?table=Syslog&facets=1', detections: '/detections', policies: '/policies', sources: '/sources',
  welcome: '/welcome', connections: '/settings/connections', notifications: '/settings/notifications', retention: '/settings/retention',
  users: '/settings/users', tokens: '/settings/tokens', audit: '/settings/audit', backup: '/settings/backup' };
const sizes = [[1440, 900, 'light'], [1440, 900, 'dark'], [1280, 800, 'light'], [390, 844, 'light'], [390, 844, 'dark']];

// What keeps on loading is a picture, too; a test says that it ends.
const settled = (view) => view.waitForFunction(() => document.querySelector('[aria-busy=true]') === null, undefined, { timeout: 20_000 }).catch(() => undefined);

async function picture(world, prefix, more = {}) {
  const page = await world.page();
  if (prefix === '') {
    await page.goto(world.setupLink);
    await page.getByTestId('setup.page').waitFor();
    await page.screenshot({ path: join(folder, 'setup.png') });
    await page.goto('about:blank');
  }
  await world.setUp(page);
  const storageState = await page.context().storageState();
  for (const [width, height, colorScheme] of sizes) {
    if (prefix !== '' && width === 1280) continue;
    const view = await world.page({ viewport: { width, height }, colorScheme, storageState });
    for (const [name, path] of Object.entries({ ...pages, ...more })) {
      await view.goto(world.address + path);
      await view.locator('.page').first().waitFor();
      await settled(view);
      const file = join(folder, `${prefix}${name}-${width}-${colorScheme}.png`);
      // Lists may be as long as they like; what is set stands further down.
      const whole = await view.evaluate(() => document.documentElement.scrollHeight);
      await view.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(whole, height * 2) } });
      if (await view.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1)) console.log(`${prefix}${name} at ${width} is wider than the window`);
    }
    await view.context().close();
  }
  for (const problem of world.problems) console.log(`${prefix || 'typical '}: ${problem}`);
}

async function inWorld(prefix, world, before = async () => ({})) {
  try {
    await world.begin();
    await picture(world, prefix, await before(world));
  } finally {
    await world.end();
  }
}

// The journey of somebody who cannot have travelled so.
async function journey(world) {
  const { readFileSync } = await import('node:fs');
  const headers = { Authorization: `Bearer ${readFileSync(join(world.data, 'token'), 'utf8').trim()}` };
  const row = await world.until(async () => {
    const answer = await fetch(`${world.address}/api/v1/incidents?limit=500`, { headers });
    return (await answer.json()).rows.find((each) => each.rule === 'impossible_travel');
  }, 'an impossible journey');
  return { journey: `/incidents/${row.number}` };
}

await inWorld('empty-', new World(program, -1));
const tenant = await Tenant.start(program, 7);
try {
  await inWorld('', new World(program, 20_000, tenant.toml(['sign-ins', 'audits', 'risk', 'identities', 'sentinel'], 7), tenant.environment), journey);
} finally {
  tenant.end();
}
const many = new World(program, 100_000);
for (let i = 0; i < 8; i++) many.append(new Date(Date.now() - 60_000), `${'very-long-name-of-a-person-'.repeat(8)}${i}`);
await inWorld('many-', many);
console.log(`pictures are in ${folder}`);

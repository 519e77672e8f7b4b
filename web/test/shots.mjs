// Every page in both themes as a picture: node shots.mjs PROGRAM FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { World } from './world.mjs';

const [, , program, folder] = process.argv;
mkdirSync(folder, { recursive: true });
const world = new World(program, 20_000);
try {
  await world.begin();
  const page = await world.page();
  await page.goto(world.setupLink);
  await page.getByTestId('setup.page').waitFor();
  await page.screenshot({ path: join(folder, 'setup.png') });
  await page.goto('about:blank');
  await world.setUp(page);
  const state = await page.context().storageState();
  for (const [width, height] of [[1440, 900], [1280, 800], [390, 844]])
    for (const colorScheme of width === 1280 ? ['light'] : ['light', 'dark']) {
      const view = await world.page({ viewport: { width, height }, colorScheme, storageState: state });
      for (const [name, path] of Object.entries({ overview: '/', incidents: '/incidents', incident: '/incidents/1', hostile: '/incidents?q=203.0.113.77',
        alerts: '/alerts', logs: '/logs?table=Syslog', values: '/logs?table=Syslog&facets=1', detections: '/detections', policies: '/policies', notifications: '/settings/notifications', retention: '/settings/retention', sources: '/sources', users: '/settings/users', audit: '/settings/audit' })) {
        await view.goto(world.address + path);
        await view.locator('.page').first().waitFor();
        await view.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
        await view.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
      }
      await view.context().close();
    }
} finally {
  await world.end();
}
console.log(`pictures are in ${folder}`);
for (const problem of world.problems) console.log(problem);

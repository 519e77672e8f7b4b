// Policies, responses and settings as people use them: the real program, a simulated tenant, a real mail server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MailServer, Tenant } from './neighbours.mjs';
import { check, password, World } from './world.mjs';

const program = process.argv[2];
const tenant = await Tenant.start(program, 3);
process.on('exit', () => tenant.end());
const mails = await MailServer.start();
process.on('exit', () => mails?.end());
const world = new World(program, 600, tenant.toml(['identities', 'sentinel', 'sign-ins'], 3) + (mails?.toml() ?? ''), tenant.environment);
let victim; // an incident that names an account

const ask = (page, path) => page.evaluate((asked) => fetch(asked).then((answer) => answer.json()), path);

// Sentinel's incidents come by and by, and so does who is in the tenant.
async function begin(page) {
  await world.setUp(page);
  victim = await world.until(async () => {
    const { rows } = await ask(page, '/api/v1/incidents?limit=500');
    for (const row of rows.filter((each) => each.origin)) {
      const of = await ask(page, `/api/v1/incidents/${row.number}/policies`);
      if (row.status !== 'Closed' && of.policies.length > 0 && of.accounts[0]?.verdict?.decision === 'needs-approval')
        return { number: row.number, policy: of.policies[0].name, account: of.accounts[0] };
    }
    return undefined;
  }, 'an incident of the tenant with an account that the directory knows');
}

async function policies(page) {
  await page.goto(`${world.address}/policies`);
  const card = page.getByTestId(`policies.${victim.policy}`);
  await card.getByTestId('policies.simulate').click();
  await card.getByTestId('policies.simulated').waitFor();
  await page.getByTestId(`policies.${victim.policy}.arm`).click();
  await page.getByTestId('confirm.calls').getByText('PATCH').waitFor();
  await page.getByTestId('policies.arm.form.typed').fill(`arm ${victim.policy}`);
  await page.getByTestId('policies.arm.form.do').click();
  await page.getByText('That is not the text above.').waitFor();
  await world.axe(page, 'arming a policy');
  check((await ask(page, '/api/v1/policies')).rows.every((row) => row.armed === null), 'it was armed without its sentence');
  await page.getByTestId('policies.arm.form.typed').fill(`arm ${victim.policy} propose`);
  await page.getByTestId('policies.arm.form.do').click();
  await card.getByText('armed: propose').waitFor();
  await world.axe(page, 'policies');
  await page.goto(`${world.address}/incidents/${victim.number}`);
  await page.getByTestId('incident.clock').getByText(/Asks a person to lock in 4 d 23 h|Asks a person to lock in 5 d/).waitFor();
  await page.getByTestId('incident.accounts').waitFor();
}

async function respond(page) {
  await page.getByTestId('incident.respond').first().click();
  await page.getByTestId('incident.ask').waitFor();
  await page.getByTestId('incident.ask.reason').fill('a test of ours');
  await world.axe(page, 'proposing a lock');
  await page.getByTestId('incident.ask.revoke_sessions').uncheck();
  await page.getByTestId('incident.ask.do').click();
  const waiting = page.getByTestId('incident.action').filter({ hasText: 'waiting for approval' });
  await waiting.waitFor();
  check(await waiting.getByTestId('incident.action.approve').isDisabled(), 'who asked may approve');
  await page.goto(`${world.address}/settings/users`);
  await page.getByTestId('users.add').click();
  await page.getByTestId('users.add.name').fill('bert');
  await page.getByTestId('users.add.password').fill(password);
  await page.getByTestId('users.add.form').getByLabel('Role').click();
  await page.getByRole('option', { name: /^Responder/ }).click();
  await page.getByTestId('users.add.do').click();
  await page.locator('td', { hasText: 'bert' }).first().waitFor();
  const other = await world.page({ viewport: { width: 390, height: 844 } });
  await other.goto(`${world.address}/login`);
  await other.getByTestId('login.name').fill('bert');
  await other.getByTestId('login.password').fill(password);
  await other.getByTestId('login.enter').click();
  await other.getByTestId('overview.page').waitFor();
  await other.goto(`${world.address}/incidents/${victim.number}`); // on a phone
  const approve = other.getByTestId('incident.action.approve');
  await approve.click();
  const name = await other.getByTestId('incident.approve').locator('strong.mono').textContent();
  await other.getByTestId('incident.approve.typed').fill(name);
  await world.axe(other, 'approving on a phone');
  check((await tenant.account(victim.account.identity.id)).accountEnabled, 'it is disabled before anybody approved');
  await other.getByTestId('incident.approve.do').click();
  await other.getByTestId('incident.action.undo').waitFor();
  check(!(await tenant.account(victim.account.identity.id)).accountEnabled, 'it is not disabled in the tenant');
  await other.locator('.timeline').getByText('action approved').first().waitFor();
  await other.getByTestId('incident.action.undo').first().click();
  await world.until(async () => (await tenant.account(victim.account.identity.id)).accountEnabled, 'the account, given back');
  await other.context().close();
}

async function killSwitch(page) {
  await page.goto(`${world.address}/policies`);
  await page.getByTestId('policies.stop').click();
  await page.getByTestId('policies.stopped').waitFor();
  await page.goto(`${world.address}/incidents/${victim.number}`);
  await page.getByText('All responses are stopped:').waitFor();
  await page.goto(`${world.address}/policies`);
  await page.getByTestId('policies.resume').click();
  await page.getByTestId('policies.stop').waitFor();
  await page.getByTestId(`policies.${victim.policy}.disarm`).click();
  await page.getByTestId(`policies.${victim.policy}`).getByText('not armed', { exact: true }).waitFor();
  const { rows } = await ask(page, '/api/v1/audit');
  for (const action of ['policy.arm', 'policy.disarm', 'action.approve', 'action.stop', 'action.resume'])
    check(rows.some((row) => row.action === action), `${action} is not in the audit log`);
}

async function notifications(page) {
  await page.goto(`${world.address}/settings/notifications`);
  await page.getByTestId('channels.preview').waitFor();
  const frame = page.frameLocator('[data-testid="channels.preview.page"]');
  if (mails) await frame.getByText('203.0.113.7').first().waitFor();
  await page.getByTestId('channels.preview.change').click();
  await page.getByRole('option', { name: 'what a policy tells' }).click();
  if (mails) await frame.getByText('Credential Phishing').first().waitFor();
  await page.getByTestId('channels.preview.channel').click();
  await page.getByRole('option', { name: 'slack' }).click();
  await page.getByTestId('channels.preview.text').waitFor();
  await world.axe(page, 'previews');
  if (!mails) return console.log('aiosmtpd is not installed: no test mail is sent');
  await page.getByTestId('channels.test.mail').click();
  await page.getByTestId('channels.test.told').getByText('250 2.0.0 Ok: kept').waitFor();
  await world.until(() => mails.mails.some((mail) => mail.to[0] === 'soc@example.org' && mail.content.includes('nothing happened')), 'the test mail');
}

async function retention(page) {
  await page.goto(`${world.address}/settings/retention`);
  await page.getByTestId('retention.store_days').fill('14');
  await page.getByTestId('retention.loss').waitFor();
  await page.getByTestId('retention.save').click();
  await page.getByTestId('retention.confirm.typed').fill('delete');
  await page.getByTestId('retention.confirm.do').click();
  await page.getByText('That is not the text above.').waitFor();
  await world.axe(page, 'shortening what is kept');
  await page.getByTestId('retention.confirm.typed').fill('delete what is older');
  await page.getByTestId('retention.confirm.do').click();
  await page.getByTestId('retention.confirm').waitFor({ state: 'detached' });
  check((await ask(page, '/api/v1/retention')).now.store_days === 14, 'the days are not saved');
  check(readFileSync(join(world.data, 'retention.toml'), 'utf8').includes('store_days = 14'), 'the days are not on the disk');
  await page.getByTestId('retention.table').click();
  await page.getByRole('option', { name: 'Syslog' }).click();
  await page.getByTestId('retention.table.add').click();
  await page.getByTestId('retention.table.syslog').waitFor();
  await world.axe(page, 'retention');
}

async function everyPage(page, scheme) {
  await page.emulateMedia({ colorScheme: scheme });
  for (const [path, part] of [['/', 'overview.map'], ['/policies', 'policies.guard'], [`/incidents/${victim.number}`, 'incident.accounts'],
    ['/settings/notifications', 'channels.preview'], ['/settings/retention', 'retention.keep']]) {
    await page.goto(world.address + path);
    await page.getByTestId(part).first().waitFor();
    await page.waitForLoadState('load');
    await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
    await world.axe(page, `${path} ${scheme}`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `${path} is wider than the window`);
  }
}

let failure;
try {
  await world.begin();
  const page = await world.page();
  for (const [name, part] of Object.entries({ begin, policies, respond, killSwitch, notifications, retention })) {
    const begun = Date.now();
    await part(page);
    console.log(`${name}: ${Date.now() - begun} ms`);
  }
  for (const scheme of ['light', 'dark']) await everyPage(page, scheme);
} catch (error) {
  failure = error;
} finally {
  await world.end();
  tenant.end();
  mails?.end();
}
for (const problem of world.problems) console.log(problem);
if (failure) console.log(failure.stack);
console.log(world.problems.length || failure ? 'FAILED' : 'ok');
process.exit(world.problems.length || failure ? 1 : 0);

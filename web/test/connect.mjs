// The first hour: an administrator connects a tenant, mail, a channel and a file on pages, is shown
// simulated data, tests a source, makes a backup. The real program, a simulated tenant, a real mail server.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MailServer, secret, Tenant } from './neighbours.mjs';
import { check, freePort, password, World } from './world.mjs';

const program = process.argv[2];
const tenant = await Tenant.start(program, 3);
process.on('exit', () => tenant.end());
const mails = await MailServer.start();
process.on('exit', () => mails?.end());
const world = new World(program, 600, tenant.clouds(), {}, '', await freePort());

// Away for a moment is no answer, nor is a page that loads anew meanwhile.
const loadsAnew = (error) => check(/because of a navigation/.test(error.message), error.message);
const ask = (page, path, init) => world.until(() => page.evaluate(([asked, how]) => fetch(asked, how).then((answer) => (answer.ok ? answer.json() : undefined), () => undefined), [path, init]).catch(loadsAnew), path);
const hunt = (page, query) => ask(page, '/api/v1/logs/query', { method: 'POST', headers: { 'X-Vedette': '1', 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) });
const kept = () => readFileSync(join(world.data, 'connections.toml'), 'utf8');

async function begin(page) {
  await page.goto(world.setupLink);
  await page.getByTestId('setup.name').fill('anna');
  for (const field of ['setup.password', 'setup.again']) await page.getByTestId(field).fill(password);
  await page.getByTestId('setup.make').click();
  await page.getByTestId('welcome.page').waitFor();
}

async function connectTenant(page) {
  await page.getByTestId('connections.tenants.add').click();
  await page.getByTestId('connect.tenant.permissions').getByText('AuditLog.Read.All').waitFor();
  await world.axe(page, 'connecting a tenant');
  await page.getByTestId('connect.tenant.name').fill('northwind');
  await page.getByTestId('connect.tenant.id').fill(tenant.value('id'));
  await page.getByTestId('connect.tenant.client').fill(tenant.value('client_id'));
  await page.getByTestId('connect.tenant.test').click();
  await page.getByTestId('connect.tenant.problem').getByText('client_secret').waitFor();
  await page.getByTestId('connect.tenant.secret').fill('not the secret');
  await page.getByTestId('connect.tenant.test').click();
  await page.getByTestId('connect.tenant.tested').getByText('impossible').first().waitFor();
  check(!existsSync(join(world.data, 'connections.toml')), 'a test was kept');
  await page.getByTestId('connect.tenant.secret').fill(secret);
  await page.getByTestId('connect.tenant.test').click();
  await page.getByTestId('connect.tenant.tested').getByText('works').first().waitFor();
  await world.axe(page, 'what works of a tenant');
  await page.getByTestId('connect.tenant.save').click();
  await page.getByText('Saved, and Vedette runs with it.').waitFor();
  await world.until(async () => (await hunt(page, 'SigninLogs | count')).rows[0][0] > 0, 'sign-ins of the tenant');
  await page.getByTestId('welcome.next').click();
}

async function connectMail(page) {
  const port = mails?.port ?? 9;
  await page.getByTestId('connections.mail.add').click();
  await page.getByTestId('connect.mail.host').fill('localhost');
  await page.getByTestId('connect.mail.tls').click();
  await page.getByRole('option', { name: /^None/ }).click();
  await page.getByTestId('connect.mail.port').fill(String(port));
  await page.getByTestId('connect.mail.from').fill('vedette@example.org');
  await page.getByTestId('connect.mail.to').fill('nobody');
  await page.getByTestId('connect.mail.test').click();
  await page.getByText('is no mail address').waitFor();
  await page.getByTestId('connect.mail.to').fill('anna@example.org');
  await page.getByTestId('connect.mail.test').click();
  if (mails) {
    await page.getByTestId('connect.mail.tested').getByText('250 2.0.0 Ok: kept').waitFor();
    await world.until(() => mails.mails.some((mail) => mail.to[0] === 'anna@example.org' && mail.content.includes('nothing happened')), 'the test mail');
  } else {
    await page.getByTestId('connect.mail.tested').getByText('Not sent').waitFor();
  }
  await world.axe(page, 'a test mail');
  await page.getByTestId('connect.mail.save').click();
  await page.getByText('vedette@example.org through localhost').waitFor();
  await page.getByTestId('welcome.next').click();
}

async function connectChannel(page) {
  await page.getByTestId('connections.channels.add').click();
  await page.getByTestId('connect.channel.name').fill('chat');
  await page.getByTestId('connect.channel.kind').click();
  await page.getByRole('option', { name: 'Slack' }).click();
  await page.getByTestId('connect.channel.url').fill('https://127.0.0.1/services/T/B/hook');
  await page.getByTestId('connect.channel.save').click();
  await page.getByText('a page takes https addresses outside of your network').waitFor();
  await page.getByTestId('connect.channel.kind').click();
  await page.getByRole('option', { name: 'Mail' }).click();
  await page.getByTestId('connect.channel.name').fill('team');
  await page.getByTestId('connect.channel.to').fill('soc@example.org');
  await page.keyboard.press('Enter');
  await page.getByTestId('connect.channel.severity').click();
  await page.getByRole('option', { name: 'Only high' }).click();
  await page.getByTestId('connect.channel.cool_down').fill('2h');
  await page.getByTestId('connect.channel.save').click();
  await page.getByTestId('connections.channels.row').getByText('soc@example.org').waitFor();
  await page.getByTestId('welcome.next').click();
}

async function connectFile(page) {
  await page.getByTestId('connections.files.add').click();
  await page.getByTestId('connect.file.path').fill('/etc/passwd');
  await page.getByTestId('connect.file.test').click();
  await page.getByText('a page may name files under /var/log').waitFor();
  await page.getByTestId('connect.file.path').fill('/var/log/../../etc/passwd');
  await page.getByTestId('connect.file.save').click();
  await page.getByText('a page may name files under /var/log').waitFor();
  await page.getByTestId('connect.file.path').fill('/var/log/vedette-nothing-*.log');
  await page.getByTestId('connect.file.test').click();
  await page.getByText('No such file now').waitFor();
  await page.getByTestId('connect.file.save').click();
  await page.getByTestId('connections.files.row').getByText('/var/log/vedette-nothing-*.log').waitFor();
  await page.getByTestId('welcome.next').click();
  await page.getByTestId('overview.page').waitFor();
}

// On the disk for the owner alone, in no answer, in the audit log without it.
async function secretsStay(page) {
  check(!kept().includes(secret) && kept().includes('secret:client_secret-'), `connections.toml: ${kept()}`);
  const folder = join(world.data, 'secrets');
  for (const name of readdirSync(folder)) check((statSync(join(folder, name)).mode & 0o77) === 0, `${name} may be read by others`);
  check((statSync(join(world.data, 'connections.toml')).mode & 0o77) === 0, 'connections.toml may be read by others');
  for (const path of ['/api/v1/connections', '/api/v1/audit', '/api/v1/channels'])
    check(!JSON.stringify(await ask(page, path)).includes(secret), `${path} tells the secret`);
  const { rows } = await ask(page, '/api/v1/audit');
  check(rows.filter((row) => row.action === 'connection.change').length >= 4, 'changes are not in the audit log');
}

// What is set on a page is what sends: the channel of above.
async function obeyed(page) {
  await page.goto(`${world.address}/settings/notifications`);
  await page.getByText('high and above').waitFor();
  await page.getByText('the same at most every 2 h').waitFor();
  if (!mails) return console.log('aiosmtpd is not installed: no test mail is sent');
  await page.getByTestId('channels.test.team').click();
  await page.getByTestId('channels.test.told').getByText('250 2.0.0 Ok: kept').waitFor();
  await world.until(() => mails.mails.some((mail) => mail.to[0] === 'soc@example.org'), 'the test mail of the channel');
}

async function changeAndRemove(page) {
  await page.goto(`${world.address}/settings/connections`);
  await page.getByTestId('connections.tenants.change').click();
  await page.getByTestId('connect.tenant.secret').waitFor();
  check((await page.getByTestId('connect.tenant.secret').inputValue()) === '', 'the secret is in its field');
  await page.getByTestId('connect.tenant.test').click(); // with the secret that is kept
  await page.getByTestId('connect.tenant.tested').getByText('works').first().waitFor();
  await page.getByTestId('connections.files.remove').click();
  await page.getByText('Removed.').waitFor();
  check(!kept().includes('vedette-nothing'), 'the file is still there');
  await world.axe(page, 'connections');
}

// A source tells of itself once a minute from its first record on: longer than one wait of a test.
async function testSource(page) {
  const told = async () => (await hunt(page, 'VedetteSourceHealth | where Source startswith "graph:northwind" | count')).rows[0][0] > 0;
  const first = () => world.until(told, 'the health of the tenant');
  await first().catch(first);
  await page.goto(`${world.address}/sources`);
  await page.getByRole('button', { name: /^Test graph:northwind/ }).first().click();
  await page.getByTestId('sources.tested').getByText('works').first().waitFor();
  await world.axe(page, 'a tested source');
  await page.keyboard.press('Escape');
  await page.getByTestId('sources.tested').waitFor({ state: 'detached' });
  const file = page.getByRole('button', { name: /^Test file:.*auth\.log$/ });
  await file.click();
  await page.getByTestId('sources.tested').getByText(/auth\.log/).first().waitFor();
  check(!/impossible|No such file/.test(await page.getByTestId('sources.tested').textContent()), 'the file that is read cannot be read');
  await world.axe(page, 'a tested file');
}

// Nothing of it stays, nothing real is touched.
async function simulate(page) {
  const before = await ask(page, '/api/v1/incidents?limit=500');
  await page.goto(`${world.address}/settings/connections`);
  await page.getByTestId('connections.simulate').click();
  await page.getByTestId('shell.simulated').waitFor();
  await page.getByTestId('overview.need').first().waitFor();
  await world.axe(page, 'simulated data');
  await page.goto(`${world.address}/settings/connections`);
  await page.getByText('While simulated data is shown').first().waitFor({ state: 'detached' });
  await page.getByTestId('connections.simulate').click();
  await page.getByTestId('shell.simulated').waitFor({ state: 'detached' });
  await world.until(() => !existsSync(join(world.data, 'simulated')), 'the end of the simulated folder');
  const after = await ask(page, '/api/v1/incidents?limit=500');
  const titles = (answer) => answer.rows.map((row) => row.number);
  check(titles(before).every((number) => titles(after).includes(number)), 'incidents are gone');
  check(!JSON.stringify(after).includes('northwind.example') || JSON.stringify(before).includes('northwind.example'), 'simulated rows stay');
}

// The backup of the page, in a folder that is new: the same incidents, rows and people, by a program that
// runs on it.
async function restored(page, folder) {
  const data = join(world.folder, 'restored');
  const run = (...words) => spawnSync(program, words, { encoding: 'utf8' });
  const done = run('restore', '--data', data, folder);
  check(done.status === 0, `restore: ${done.stdout}${done.stderr}`);
  const settings = join(world.folder, 'restored.toml');
  writeFileSync(settings, '[http]\nport = 0\n[log]\nformat = "json"\n');
  const before = await ask(page, '/api/v1/incidents?limit=500');
  const rows = (await hunt(page, 'SigninLogs | where TimeGenerated < ago(10m) | count')).rows[0][0];
  const again = spawn(program, ['serve', '--config', settings, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  again.stderr.on('data', (piece) => (said += piece));
  const context = await world.browser.newContext();
  try {
    const address = await world.until(() => /"address":"([^"]+)"/.exec(said)?.[1], `the restored program: ${said}`);
    const other = await context.newPage();
    await other.goto(`${address}/login`);
    await other.getByTestId('login.name').fill('anna');
    await other.getByTestId('login.password').fill(password);
    await other.getByTestId('login.enter').click();
    await other.getByTestId('overview.page').waitFor();
    const after = await ask(other, '/api/v1/incidents?limit=500');
    check(before.rows.length > 0 && before.rows.every((row) => after.rows.some((each) => each.number === row.number && each.title === row.title)), `incidents are missing: ${before.rows.length}, restored ${after.rows.length}`);
    await world.until(async () => (await hunt(other, 'SigninLogs | where TimeGenerated < ago(10m) | count')).rows[0][0] >= rows * 0.99, 'the rows, restored');
  } finally {
    await context.close();
    again.kill('SIGTERM');
    await new Promise((ended) => again.once('exit', ended));
  }
}

async function backUp(page) {
  await page.goto(`${world.address}/settings/backup`);
  await page.getByText('There is none yet.').waitFor();
  await page.getByTestId('backup.make').click();
  await page.getByTestId('backup.last').getByText('The last one is whole').waitFor();
  await page.getByTestId('backup.row').waitFor();
  await world.axe(page, 'a backup');
  const folder = join(world.data, 'backups', readdirSync(join(world.data, 'backups'))[0]);
  const verified = spawnSync(program, ['verify', folder], { encoding: 'utf8' });
  check(verified.status === 0, `verify: ${verified.stdout}${verified.stderr}`);
  check(existsSync(join(folder, 'connections.toml')) && !existsSync(join(folder, 'secrets')) && !existsSync(join(folder, 'seal-key')), 'the backup holds secrets, or no connections');
  await restored(page, folder);
  await page.getByTestId('backup.remove').click();
  await page.getByTestId('backup.confirm.typed').fill(folder.split('/').pop());
  await page.getByTestId('backup.confirm.do').click();
  await page.getByText('There is none yet.').waitFor();
  check(!existsSync(folder), 'the backup is still there');
}

let failure;
try {
  await world.begin();
  const page = await world.page();
  for (const [name, part] of Object.entries({ begin, connectTenant, connectMail, connectChannel, connectFile, secretsStay, obeyed, changeAndRemove, testSource, simulate, backUp })) {
    const begun = Date.now();
    await part(page);
    console.log(`${name}: ${Date.now() - begun} ms`);
  }
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

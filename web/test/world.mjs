// A running `vedette serve` with a log under attack, and a browser that watches what pages do.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const chromiumPath = '/usr/bin/chromium';
export const browserOptions = {
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};
export const password = 'seven green bottles';
export const deadlineMs = 60_000; // only a test that fails waits so long
export const skipped = 77;

export function skipWithout(reason) {
  console.log(`Skipped\n${reason}`);
  process.exit(skipped);
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export function check(is, what) {
  if (!is) throw new Error(what);
}

// Names as attackers write them, in lines of sshd.
const hostile = ['a\u202ebmin', '<img/src=x/onerror=alert(1)>', "'-alert(1)-'", '{{7*7}}', '=HYPERLINK("http://x")', 'a\u200bdmin'];
function hostileLines(at) {
  const stamp = at.toISOString().replace(/\.\d+Z$/, '.000000+00:00');
  return Array.from({ length: 18 }, (_, i) =>
    `${stamp} gate sshd[9${String(i).padStart(3, '0')}]: Failed password for invalid user ${hostile[i % hostile.length]} from 203.0.113.77 port ${40000 + i} ssh2\n`).join('');
}

export class World {
  // `more`: further settings; `environment`: what they refer to; `web`: more of [http]. With a `port`
  // the service may begin again on it, and be away for a moment. `prepare`: what lies in the data folder
  // before the service begins.
  constructor(program, lines, more = '', environment = {}, web = '', port = 0, prepare = undefined) {
    this.mayBeAway = port !== 0;
    if (!existsSync(chromiumPath)) skipWithout('Chromium is not installed (./dev test installs it)');
    this.folder = mkdtempSync(join(tmpdir(), 'vedette-web-'));
    this.data = join(this.folder, 'data');
    const log = (this.log = join(this.folder, 'auth.log'));
    const rate = Math.max(1, Math.round(lines / 9000));
    const start = new Date(Date.now() - (lines / rate + 1200) * 1000); // ends before the hostile lines
    if (lines > 0) {
      const made = spawnSync(program, ['simulate', 'authlog', '-q', '--lines', String(lines), '--rate', String(rate),
        '--format', 'rfc3339', '--start', `${start.toISOString().slice(0, 19)}Z`, '--out', log]);
      check(made.status === 0, `simulate failed: ${made.stderr}`);
    }
    this.isEmpty = lines < 0; // not even those of the attacker
    if (this.isEmpty) writeFileSync(log, '');
    else writeFileSync(log, hostileLines(new Date(Date.now() - 600_000)), { flag: 'a' });
    const settings = join(this.folder, 'vedette.toml');
    writeFileSync(settings, `[[file]]\npath = ${JSON.stringify(log)}\nread = "all"\n[http]\nport = ${port}\n${web}[log]\nformat = "json"\n${more}`);
    prepare?.(this.data);
    this.process = spawn(program, ['serve', '--config', settings, '--data', this.data], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
    this.said = '';
    this.process.stderr.on('data', (piece) => (this.said += piece));
    this.problems = [];
  }

  // A line of sshd more.
  append(at, user) {
    const stamp = at.toISOString().replace(/\.\d+Z$/, '.000000+00:00');
    writeFileSync(this.log, `${stamp} gate sshd[9999]: Failed password for invalid user ${user} from 203.0.113.78 port 40999 ssh2\n`, { flag: 'a' });
  }

  async until(is, what) {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const value = await is();
      if (value) return value;
      check(Date.now() < end && this.process.exitCode === null, `${what} did not come; the service said:\n${this.said.slice(-2000)}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async begin() {
    this.address = await this.until(() => /"address":"([^"]+)"/.exec(this.said)?.[1], 'the address');
    this.setupLink = (await this.until(() => existsSync(join(this.data, 'setup-link')) && readFileSync(join(this.data, 'setup-link'), 'utf8'), 'the set-up link')).trim();
    const token = readFileSync(join(this.data, 'token'), 'utf8').trim();
    if (!this.isEmpty) await this.until(async () => {
      const answer = await fetch(`${this.address}/api/v1/alerts?limit=1000`, { headers: { Authorization: `Bearer ${token}` } });
      return answer.ok && (await answer.text()).includes('203.0.113.77');
    }, 'the last planned alert');
    this.browser = await chromium.launch(browserOptions);
  }

  // A page whose console, requests and policy violations are held against it.
  async page(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(deadlineMs);
    page.on('console', (message) => {
      // That a log-in was refused is what the test asked for; Chromium notes each such answer.
      const isAway = this.mayBeAway && /net::ERR_/.test(message.text());
      if (message.type() === 'error' && !isAway && !/status of (401|403|404|422|429|503)/.test(message.text())) this.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`page: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.address) && !/^(data|blob):/.test(request.url())) this.problems.push(`foreign request: ${request.url()}`);
    });
    page.on('dialog', (dialog) => {
      this.problems.push(`a script of an attacker ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return page;
  }

  async axe(page, where) {
    // Nothing runs in the sandboxed frame of a preview, axe neither: it would wait for ever. That it
    // was refused there is in the console.
    const before = this.problems.length;
    const found = await new AxeBuilder({ page }).exclude('iframe[sandbox]').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    this.problems = this.problems.filter((problem, i) => i < before || !problem.startsWith('console: Blocked script execution'));
    for (const violation of found.violations)
      if (violation.impact === 'serious' || violation.impact === 'critical')
        this.problems.push(`axe, ${where}: ${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  }

  async setUp(page) {
    await page.goto(this.setupLink);
    await page.getByTestId('setup.name').fill('anna');
    await page.getByTestId('setup.password').fill(password);
    await page.getByTestId('setup.again').fill(password);
    await page.getByTestId('setup.make').click();
    await page.getByTestId('welcome.page').waitFor();
    await page.goto(`${this.address}/`);
    await page.getByTestId('overview.page').waitFor();
  }

  async end() {
    await this.browser?.close();
    if (this.process.exitCode === null) {
      this.process.kill('SIGTERM');
      await new Promise((done) => this.process.once('exit', done));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// What a Vedette of the tests talks to on this machine: a simulated Microsoft 365 tenant, and a real mail
// server (aiosmtpd, where it is installed).
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { check } from './world.mjs';

export const secret = 'simulated-secret';

// The first line that fits; the process must not end before.
async function lineOf(lines, process, fits, what) {
  for await (const line of lines) if (fits(line)) return line;
  throw new Error(`${what} did not come; it ended with ${process.exitCode}`);
}

export class Tenant {
  static async start(program, days) {
    const tenant = new Tenant();
    tenant.process = spawn(program, ['simulate', 'tenant', '--people', '40', '--days', String(days), '--no-quota', '--attack-cycle', '12'],
      { stdio: ['ignore', 'pipe', 'ignore'] });
    const seen = [];
    const lines = createInterface({ input: tenant.process.stdout });
    await lineOf(lines, tenant.process, (line) => {
      seen.push(line);
      return line.includes('workspace_id');
    }, "the tenant's settings");
    tenant.process.stdout.resume();
    tenant.settings = seen.filter((line) => line.startsWith('  ') && line.includes(' = ')).map((line) => line.trim());
    return tenant;
  }

  get environment() {
    return { VEDETTE_CLIENT_SECRET: secret };
  }

  toml(collect, days) {
    const cloud = this.settings.filter((line) => line.includes('http://'));
    const own = this.settings.filter((line) => !line.includes('http://') && !/^(client_secret|name|collect|back_fill_days)/.test(line));
    return ['[cloud]', ...cloud, '[tenant]', 'name = "northwind"', ...own, 'client_secret = "env:VEDETTE_CLIENT_SECRET"',
      `collect = ${JSON.stringify(collect)}`, `back_fill_days = ${days}`, '[respond]', 'tenant = "northwind"',
      'break_glass = ["aaaaaaaa-0000-4000-8000-000000000001"]', ''].join('\n');
  }

  // One of its settings: "client_id".
  value(name) {
    return this.settings.find((line) => line.startsWith(`${name} =`)).split('"')[1];
  }

  // Where the clouds are, for a Vedette whose tenant is connected on a page.
  clouds() {
    return ['[cloud]', ...this.settings.filter((line) => line.includes('http://')), ''].join('\n');
  }

  // What the tenant itself says of an account.
  async account(id) {
    const value = (name) => this.value(name);
    const graph = value('graph');
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: value('client_id'), client_secret: secret, scope: 'https://graph.microsoft.com/.default' });
    const token = await fetch(`${graph}/${value('id')}/oauth2/v2.0/token`, { method: 'POST', body: form }).then((answer) => answer.json());
    const answer = await fetch(`${graph}/v1.0/users/${encodeURIComponent(id)}?$select=id,userPrincipalName,accountEnabled`, { headers: { Authorization: `Bearer ${token.access_token}` } });
    check(answer.ok, `the tenant knows no ${id}: ${answer.status}`);
    return answer.json();
  }

  end() {
    this.process.kill();
  }
}

const mailProgram = `
import asyncio, json
from aiosmtpd.smtp import SMTP
class Keep:
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({"to": envelope.rcpt_tos, "content": envelope.original_content.decode("utf-8")}), flush=True)
        return "250 2.0.0 Ok: kept"
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Keep()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
`;

export class MailServer {
  // Nothing where aiosmtpd is not installed.
  static async start() {
    const python = ['python3', '/usr/bin/python3'].find((each) => spawnSync(each, ['-c', 'import aiosmtpd']).status === 0);
    if (!python) return undefined;
    const server = new MailServer();
    server.mails = [];
    server.process = spawn(python, ['-c', mailProgram], { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface({ input: server.process.stdout });
    server.port = await new Promise((done) => lines.once('line', (line) => done(Number(line))));
    lines.on('line', (line) => server.mails.push(JSON.parse(line)));
    return server;
  }

  toml() {
    return ['[[channel]]', 'name = "mail"', 'kind = "mail"', 'to = ["soc@example.org"]', '[smtp]', 'host = "localhost"', `port = ${this.port}`,
      'from = "vedette@example.org"', 'tls = "none"', ''].join('\n');
  }

  end() {
    this.process.kill();
  }
}

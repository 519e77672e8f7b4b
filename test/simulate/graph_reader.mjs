// Reads the simulated tenant with Microsoft's own Graph client, and says what it saw as JSON.
// Arguments: the client's folder, the tenant's URL, its certificate and key in PEM, a token.
// The client speaks https only, so TLS is put before the tenant here.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';

const [folder, upstream, certificate, key, token] = process.argv.slice(2);
const require = createRequire(folder + '/');
const { Client, PageIterator } = require('@microsoft/microsoft-graph-client');

const statuses = [];
const front = https.createServer(
  { cert: readFileSync(certificate), key: readFileSync(key) },
  (request, reply) => {
    const target = new URL(request.url, upstream);
    const headers = { ...request.headers, 'x-forwarded-proto': 'https' };
    const onward = http.request(target, { method: request.method, headers }, (answer) => {
      statuses.push(answer.statusCode);
      reply.writeHead(answer.statusCode, answer.headers);
      answer.pipe(reply);
    });
    request.pipe(onward);
  });
await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));

const client = Client.init({
  authProvider: (done) => done(null, token),
  baseUrl: `https://localhost:${front.address().port}/`,
  customHosts: new Set(['localhost']),
  defaultVersion: 'beta',
});

// Paging, by the client's own iterator.
const ids = [];
const first = await client.api('/auditLogs/signIns')
  .filter("signInEventTypes/any(t: t eq 'nonInteractiveUser')").top(100).get();
await new PageIterator(client, first, (record) => ids.push(record.id) > 0).iterate();

// An error, as the client understands it.
let error = {};
try {
  await client.api('/auditLogs/signIns').filter('createdDateTime gt 2026-06-01T00:00:00Z').get();
} catch (refused) {
  error = { statusCode: refused.statusCode, code: refused.code, message: refused.message };
}

// A retry: the tenant throttles /groups once.
statuses.length = 0;
const groups = await client.api('/groups').get();
const retried = [...statuses];

// Changing an account.
const users = await client.api('/users').version('v1.0').top(20).select('id,userPrincipalName').get();
const person = users.value.at(-1).id;
await client.api(`/users/${person}`).patch({ accountEnabled: false });
const after = await client.api(`/users/${person}`).select('id,accountEnabled').get();

front.closeAllConnections();
front.close();
console.log(JSON.stringify({
  ids, error, retried, groups: groups.value.length, accountEnabled: after.accountEnabled,
}));

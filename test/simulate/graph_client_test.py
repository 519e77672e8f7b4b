"""Microsoft's own JavaScript Graph client reads the simulated tenant: paging, errors, retries, changes.

Usage: graph_client_test.py VEDETTE SOURCE FOLDER. Skipped (77) where the client, its Node or openssl
is not there (`./dev test` fetches them).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import serving_tenant
from serving_tenant import SKIPPED, Tenant, clients_folder, records


def make_certificate(folder):
    certificate, key = os.path.join(folder, 'certificate.pem'), os.path.join(folder, 'key.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
                    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key,
                    '-out', certificate], check=True, capture_output=True)
    return certificate, key


def main():
    program, source = sys.argv[1:3]
    clients = clients_folder(source)
    if not clients or not shutil.which('openssl'):
        print('SKIPPED: no Graph client, Node or openssl here; ./dev test fetches the first two')
        return SKIPPED
    folder, node = clients
    with tempfile.TemporaryDirectory() as scratch, \
            Tenant(program, '--people', '60', '--days', '2', '--no-quota',
                   '--fault', 'throttle-seconds=1@/groups') as tenant:
        certificate, key = make_certificate(scratch)
        headers = tenant.token('https://graph.microsoft.com')
        reader = os.path.join(os.path.dirname(serving_tenant.__file__), 'graph_reader.mjs')
        done = subprocess.run(
            [node, reader, folder, tenant.url, certificate, key, headers['Authorization'][7:]],
            env={**os.environ, 'NODE_EXTRA_CA_CERTS': certificate, 'no_proxy': '*'},
            capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        path = "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:t%20eq%20'nonInteractiveUser')"
        own = {record['id'] for record in records(tenant, path, headers)}
    # Records may have become visible between the two walks, but none may have gone.
    assert len(own) > 500, len(own)
    missing = set(seen['ids']) - own
    assert not missing and len(set(seen['ids'])) > len(own) * 0.98, (len(seen['ids']), len(own), len(missing))
    assert seen['error']['statusCode'] == 400 and seen['error']['code'] == 'BadRequest', seen['error']
    assert "'gt' is not supported" in seen['error']['message'], seen['error']
    assert seen['retried'] == [429, 200], seen['retried']
    assert seen['groups'] > 3
    assert seen['accountEnabled'] is False
    print(f"the Graph client read {len(seen['ids'])} sign-ins of {len(own)}, and met its error and its retry")
    return 0


if __name__ == '__main__':
    sys.exit(main())

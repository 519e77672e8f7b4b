"""A simulated tenant that is served for a test, and the little HTTP that tests of it need."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

SKIPPED = 77


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def ask(url, method='GET', body=None, headers=None):
    """One exchange; an HTTP error status is an answer too."""
    data = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as reply:
            return Answer(reply.status, reply.headers, reply.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


class Tenant:
    """`vedette simulate tenant` with these options, until the block ends."""

    def __init__(self, program, *options):
        self.command = [program, 'simulate', 'tenant', *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        greeting = ''
        while 'workspace_id' not in greeting:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError('the tenant did not start: ' + greeting)
            greeting += line
        self.url = re.search(r'http://127\.0\.0\.1:\d+', greeting).group()
        self.settings = dict(re.findall(r'(\w+) = "([^"]*)"', greeting))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()

    def token(self, resource):
        form = urllib.parse.urlencode({
            'grant_type': 'client_credentials', 'client_id': self.settings['client_id'],
            'client_secret': 'simulated-secret', 'scope': resource + '/.default'})
        answer = ask(f"{self.url}/{self.settings['id']}/oauth2/v2.0/token", 'POST', form)
        return {'Authorization': 'Bearer ' + answer.json()['access_token']}


def records(tenant, path, headers):
    """Every record of a walk along the next links."""
    found, url = [], tenant.url + path
    while url:
        page = ask(url, headers=headers).json()
        found += page['value']
        url = page.get('@odata.nextLink') or page.get('nextLink')
    return found


def clients_folder(source):
    """Where npm put the programs of others; None when they are not there."""
    folder = os.path.join(source, '.deps', 'clients', 'node_modules')
    for processor in ('x64', 'arm64'):  # npm took the one that runs here
        node = os.path.join(folder, f'node-linux-{processor}', 'bin', 'node')
        if os.access(node, os.X_OK):
            return folder, node
    return None

"""Prism, as a proxy that checks or as a service that gives the specification's examples."""

import json
import os
import socket
import subprocess


def repaired(node):
    """The specification in a form that Prism compiles: a null that may be null once only, and no error that
    holds itself. (Prism passes over what it cannot compile in silence.)"""
    if isinstance(node, list):
        return [repaired(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {name: repaired(item) for name, item in node.items()}
    if node.get('nullable') and node.get('enum') == [None]:
        # Null, and no text that any enumeration would then take.
        node = {'type': 'object', 'nullable': True, 'maxProperties': 0}
    if '$ref' in node.get('innererror', {}):
        node['innererror'] = {'type': 'object'}
    return node


def prepare(clients, specification, scratch):
    """A repaired copy of which every response schema compiles."""
    folder, node = clients
    copy = os.path.join(scratch, os.path.basename(specification))
    with open(specification, encoding='utf-8') as given, open(copy, 'w', encoding='utf-8') as out:
        json.dump(repaired(json.load(given)), out)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'compiled_schemas.cjs')
    done = subprocess.run([node, script, folder, copy], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said['compiled'] and not said['refused'], said['refused']
    return copy


class Prism:
    """Prism for one specification: `proxy SPECIFICATION UPSTREAM --errors`, or `mock SPECIFICATION`."""

    def __init__(self, clients, *words):
        folder, node = clients
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        self.url = f'http://127.0.0.1:{port}'
        program = os.path.join(folder, '@stoplight', 'prism-cli', 'dist', 'index.js')
        self.command = [node, program, *words, '-h', '127.0.0.1', '-p', str(port)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env={**os.environ, 'no_proxy': '*', 'NO_COLOR': '1'})
        said = ''
        while 'listening on' not in said:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError('prism did not start:\n' + said)
            said += line
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)

"""Our client collects from Prism's mocks of Sentinel and Log Analytics: services that nobody here wrote.

Usage: mock_services_test.py VEDETTE SOURCE SHARED. `prism mock SPECIFICATION --errors` answers with the
specification's own examples and refuses requests that break it; only tokens come from the simulated tenant.
Skipped (77) where Prism or the specifications are not there.
"""

import json
import os
import subprocess
import sys
import tempfile

from prism import Prism, prepare
from serving_tenant import SKIPPED, Tenant, clients_folder


def settings(tenant, sentinel, workspace):
    own = tenant.settings
    return f'''
[cloud]
authority = "{own['authority']}"
arm = "{sentinel.url}"
log_analytics = "{workspace.url}"
[tenant]
name = "mocked"
id = "{own['id']}"
client_id = "{own['client_id']}"
client_secret = "env:VEDETTE_CLIENT_SECRET"
collect = ["sentinel", "log-analytics"]
tables = ["Usage"]
back_fill_days = 0
subscription = "{own['subscription']}"
resource_group = "{own['resource_group']}"
workspace = "{own['workspace']}"
workspace_id = "{own['workspace_id']}"
[http]
enabled = false
[log]
format = "json"
'''


def collect(program, folder, text):
    """What `serve --once` said, and how to ask for what it kept."""
    file = os.path.join(folder, 'vedette.toml')
    with open(file, 'w', encoding='utf-8') as out:
        out.write(text)
    data = os.path.join(folder, 'data')
    environment = {**os.environ, 'VEDETTE_CLIENT_SECRET': 'simulated-secret', 'no_proxy': '*'}
    done = subprocess.run([program, 'serve', '--once', '--config', file, '--data', data], env=environment,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

    def ask(query):
        found = subprocess.run([program, 'hunt', '--data', data, '--format', 'json', query], env=environment,
                               capture_output=True, text=True, timeout=60)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)['rows']
    return done.stderr, ask


def main():
    program, source, shared = sys.argv[1:4]
    contracts = os.path.join(shared, 'contracts')
    clients = clients_folder(source)
    if not clients or not os.path.isdir(contracts):
        print('SKIPPED: no Prism (./dev test fetches it) or no specifications here')
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch, Tenant(program, '--people', '20', '--days', '0') as tenant:
        specifications = [prepare(clients, os.path.join(contracts, name), scratch)
                          for name in ('sentinel-incidents/incidents-2024-03-01.swagger.json',
                                       'loganalytics-query/query-v1.swagger.json')]
        with Prism(clients, 'mock', specifications[0], '--errors') as sentinel, \
                Prism(clients, 'mock', specifications[1], '--errors') as workspace:
            said, ask = collect(program, scratch, settings(tenant, sentinel, workspace))
            assert 'cannot' not in said and 'refused' not in said and '"warning"' not in said, said
            incidents = ask('SecurityIncident | project Title, Status, IncidentNumber, array_length(AlertIds)')
            assert incidents == [['My incident', 'Closed', 3177, 1]], incidents
            alerts = ask('SecurityAlert | extend e = parse_json(Entities)[0] '
                         '| project DisplayName, AlertSeverity, tostring(e.Type), tostring(e.Name)')
            assert alerts == [['myAlert', 'Low', 'account', 'administrator']], alerts
            rows = ask('Usage | count')
            assert rows == [[6]], rows
            quarantined = ask('VedetteQuarantine | summarize count() by Reason')
    print(f'incidents {incidents}, alerts {alerts}, {rows[0][0]} rows; quarantined: {quarantined}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

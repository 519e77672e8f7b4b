"""What the simulated tenant answers, held against the services' specifications by Prism.

Usage: specification_test.py VEDETTE SOURCE SHARED. Each request goes through `prism proxy SPEC
TENANT --errors`, which turns whatever breaks the specification into an error. Skipped (77) where
Prism or the specifications are not there.
"""

import json
import os
import sys
import tempfile
import urllib.parse

from prism import Prism, prepare
from serving_tenant import SKIPPED, Tenant, ask, clients_folder

VERSION = 'api-version=2024-03-01'


class Checker:
    def __init__(self, prism, headers):
        self.prism, self.headers, self.asked, self.wrong = prism, headers, 0, []

    def __call__(self, path, method='GET', body=None, status=(200,)):
        headers = dict(self.headers)
        if body is not None:
            headers['Content-Type'] = 'application/json'
        answer = ask(self.prism.url + path, method, json.dumps(body) if body is not None else None, headers)
        self.asked += 1
        text = answer.body.decode(errors='replace')
        if answer.status not in status or 'stoplight.io/prism' in text:
            self.wrong.append(f'{method} {path}: {answer.status} {text[:700]}')
            return {}
        return json.loads(text) if text.startswith(('{', '[')) else {}


def check_graph(check, version):
    root = f'/{version}'
    page = check(f'{root}/auditLogs/signIns?$top=200')
    first = page['value'][0]['id'] if page else 'none'
    check(f'{root}/auditLogs/signIns/{first}')
    if version == 'beta':
        for kind in ('nonInteractiveUser', 'servicePrincipal', 'managedIdentity'):
            clause = urllib.parse.quote(f"signInEventTypes/any(t: t eq '{kind}')")
            check(f'{root}/auditLogs/signIns?$top=100&$filter={clause}')
    check(f'{root}/auditLogs/signIns?$filter=nothing', status=(400,))
    audits = check(f'{root}/auditLogs/directoryAudits?$top=100')
    if audits:
        check(f"{root}/auditLogs/directoryAudits/{audits['value'][0]['id']}")
    detections = check(f'{root}/identityProtection/riskDetections?$top=100')
    if detections:
        check(f"{root}/identityProtection/riskDetections/{detections['value'][0]['id']}")
    risky = check(f'{root}/identityProtection/riskyUsers')
    if risky:
        person = risky['value'][0]['id']
        check(f'{root}/identityProtection/riskyUsers/{person}')
        for word in ('confirmCompromised', 'dismiss'):
            check(f'{root}/identityProtection/riskyUsers/{word}', 'POST', {'userIds': [person]}, (204,))
        members = 'id,userPrincipalName,accountEnabled,userType,department,signInSessionsValidFromDateTime'
        check(f'{root}/users/{person}?$select={members}')
        check(f'{root}/users/{person}', 'PATCH', {'accountEnabled': False}, (204, 403))
        check(f'{root}/users/{person}/revokeSignInSessions', 'POST')
    check(f'{root}/users/nobody%40northwind.example', status=(404,))


def check_sentinel(check, tenant):
    root = (f"/subscriptions/{tenant.settings['subscription']}/resourceGroups/"
            f"{tenant.settings['resource_group']}/providers/Microsoft.OperationalInsights/workspaces/"
            f"{tenant.settings['workspace']}/providers/Microsoft.SecurityInsights/incidents")
    page = check(f'{root}?{VERSION}&$top=50')
    assert page.get('value'), 'no incidents'
    for incident in page['value'][:5]:
        one = f"{root}/{incident['name']}"
        check(f'{one}?{VERSION}')
        for part in ('alerts', 'entities', 'bookmarks'):
            check(f'{one}/{part}?{VERSION}', 'POST')
        for part in ('comments', 'relations', 'tasks'):
            check(f'{one}/{part}?{VERSION}')
    changed = {'etag': page['value'][0]['etag'],
               'properties': {'title': 'Changed', 'severity': 'Low', 'status': 'Closed',
                              'classification': 'FalsePositive',
                              'classificationReason': 'IncorrectAlertLogic',
                              'owner': {'objectId': '2046feea-040d-4a46-9e2b-91c2941bfa70',
                                        'assignedTo': 'somebody', 'email': 's@northwind.example',
                                        'userPrincipalName': 's@northwind.example'}}}
    one = f"{root}/{page['value'][0]['name']}"
    check(f'{one}?{VERSION}', 'PUT', changed)
    check(f'{one}?{VERSION}', 'PUT', changed, (409,))
    comment = f'{one}/comments/4bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014?{VERSION}'
    check(comment, 'PUT', {'properties': {'message': 'Seen'}}, (201,))
    check(comment)
    check(f'{one}/comments?{VERSION}')
    check(comment, 'DELETE')
    made = f'{root}/0d7a1c9e-6a3f-4d3c-8b53-2f6d0e5c9a11?{VERSION}'
    check(made, 'PUT', {'properties': {'title': 'New', 'severity': 'High', 'status': 'New'}}, (201,))
    check(made, 'DELETE')


def check_workspace(check, tenant):
    root = f"/v1/workspaces/{tenant.settings['workspace_id']}/query"
    check(root, 'POST', {'query': 'SigninLogs | take 20'})
    check(root, 'POST', {'query': 'AuditLogs | take 5', 'timespan': '2020-01-01T00:00:00Z/2040-01-01T00:00:00Z'})
    check(f'{root}?query={urllib.parse.quote("print 1")}')
    check(root, 'POST', {'query': 'SigninLogs | summarize count() by Location, bin(TimeGenerated, 1d)'})
    check(root, 'POST', {'query': 'SigninLogs | summarize number()'}, (400,))


def main():
    program, source, shared = sys.argv[1:4]
    contracts = os.path.join(shared, 'contracts')
    clients = clients_folder(source)
    if not clients or not os.path.isdir(contracts):
        print('SKIPPED: no Prism (./dev test fetches it) or no specifications here')
        return SKIPPED
    checks = [
        ('graph/graph-v1.0.openapi.json', 'https://graph.microsoft.com',
         lambda check, tenant: check_graph(check, 'v1.0')),
        ('graph/graph-beta.openapi.json', 'https://graph.microsoft.com',
         lambda check, tenant: check_graph(check, 'beta')),
        ('sentinel-incidents/incidents-2024-03-01.swagger.json', 'https://management.azure.com',
         check_sentinel),
        ('loganalytics-query/query-v1.swagger.json', 'https://api.loganalytics.io', check_workspace),
    ]
    wrong = asked = 0
    # The fault is there so that we know that Prism convicts.
    with tempfile.TemporaryDirectory() as scratch, \
            Tenant(program, '--people', '100', '--days', '20', '--no-quota',
                   '--fault', 'wrong-types=1@top=77') as tenant:
        for name, resource, run in checks:
            specification = prepare(clients, os.path.join(contracts, name), scratch)
            with Prism(clients, 'proxy', specification, tenant.url, '--errors') as prism:
                check = Checker(prism, tenant.token(resource))
                if name == checks[0][0]:
                    check('/v1.0/identityProtection/riskyUsers?$top=77')
                    convicted = check.wrong.pop() if check.wrong else ''
                    assert 'prism/errors' in convicted, 'nothing is checked: ' + convicted
                run(check, tenant)
            print(f'{name}: {check.asked} requests, {len(check.wrong)} wrong')
            for complaint in check.wrong:
                print('  ' + complaint)
            wrong += len(check.wrong)
            asked += check.asked
    return 1 if wrong or asked < 60 else 0


if __name__ == '__main__':
    sys.exit(main())

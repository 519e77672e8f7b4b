// Policies and actions upon accounts: what is asked of the service, and how it is said.
import { queryOptions } from '@tanstack/react-query';
import { api, must, type Schemas } from './client';
import { age } from './time';

export type Action = Schemas['Action'];
export type ActionKind = Action['kind'];
export type Mode = Schemas['PolicyPlan']['mode'];
export type Outlook = Schemas['AccountOutlook'];
export type Guard = Schemas['Guard'];

export const policies = queryOptions({
  queryKey: ['state', 'policies'],
  queryFn: () => must(api.GET('/api/v1/policies')),
});

export const policiesOf = (id: number) =>
  queryOptions({
    queryKey: ['state', 'incident', id, 'policies'],
    queryFn: () => must(api.GET('/api/v1/incidents/{id}/policies', { params: { path: { id } } })),
  });

export const actionsOf = (incident: number) =>
  queryOptions({
    queryKey: ['state', 'actions', incident],
    queryFn: () => must(api.GET('/api/v1/actions', { params: { query: { incident } } })),
  });

export const plan = (name: string, mode: Mode) =>
  queryOptions({
    queryKey: ['plan', name, mode],
    queryFn: () => must(api.GET('/api/v1/policies/{id}/plan', { params: { path: { id: name }, query: { mode } } })),
    staleTime: 0,
  });

export const kindWords: Record<ActionKind, { does: string; done: string; stops: string; undo: string }> = {
  disable_account: {
    does: 'Disable',
    done: 'Disabling the account',
    stops: 'Nobody can log in with it any more, anywhere in the tenant. Programs that have a token keep it for up to an hour.',
    undo: 'Undo enables the account again.',
  },
  revoke_sessions: {
    does: 'End all sessions of',
    done: 'Ending its sessions',
    stops: 'Who is logged in with it must log in again, with every program. A thief who knows the password can, too.',
    undo: 'It cannot be undone, and need not be: the person logs in again.',
  },
  enable_account: { does: 'Enable', done: 'Enabling the account again', stops: '', undo: '' },
  confirm_compromised: {
    does: 'Confirm as compromised',
    done: 'Telling Entra that it is compromised',
    stops: 'Entra sets its risk to high; what follows is in your Conditional Access policies.',
    undo: 'It is taken back in Entra, by dismissing the risk.',
  },
  reset_mfa: {
    does: 'Remove the second factors of',
    done: 'Removing its second factors',
    stops: 'Authenticator, phones, security keys: the person must register anew, and whoever registered one of them is out. End the sessions and change the password, too: with the password alone a thief could register first.',
    undo: 'It cannot be undone.',
  },
  block_address: {
    does: 'Block',
    done: 'Blocking the address on this machine',
    stops: 'Nothing from there reaches the machine that Vedette runs on. Who else is behind the address is kept out, too.',
    undo: 'It ends by itself after a while; undo lets the address in at once.',
  },
  unblock_address: { does: 'Let in', done: 'Letting the address in again', stops: '', undo: '' },
};

export const modeWords: Record<Mode, string> = {
  'dry-run': 'Dry run: tells and warns, and writes down what it would do',
  propose: 'Propose: tells and warns; a person approves each lock',
  auto: 'Automatic: tells and warns, and locks by itself when the guard allows it',
};

const stepWords: Record<Schemas['PolicyStep']['do'], string> = {
  notify: 'Message',
  warn: 'Warning',
  comment: 'Comment',
  lock: 'Disable the account',
  revoke: 'End its sessions',
};
export const stepName = (kind: Schemas['PolicyStep']['do']): string => stepWords[kind];
export const afterWords = (seconds: number): string => (seconds === 0 ? 'at once' : `after ${age(seconds * 1000)}`);

export const stateWords = (state: Action['state']): string => state.replaceAll('_', ' ');

// The call that is sent to Microsoft Graph, by the account's object id.
export function callOf(kind: ActionKind, id: string): { method: string; url: string; body: string } {
  const user = `/v1.0/users/${id || 'ID'}`;
  if (kind === 'revoke_sessions') return { method: 'POST', url: `${user}/revokeSignInSessions`, body: '' };
  if (kind === 'confirm_compromised')
    return { method: 'POST', url: '/v1.0/identityProtection/riskyUsers/confirmCompromised', body: `{"userIds": ["${id || 'ID'}"]}` };
  if (kind === 'block_address' || kind === 'unblock_address') return { method: 'RUN', url: `block_command ${kind === 'block_address' ? 'block' : 'unblock'} ${id}`, body: '' };
  if (kind === 'reset_mfa') return { method: 'DELETE', url: `${user}/authentication/{kind}Methods/{each}`, body: '' };
  return { method: 'PATCH', url: user, body: `{"accountEnabled": ${kind === 'enable_account'}}` };
}

export function nameOf(action: Action): string {
  return action.account.principal_name || action.account.mail || action.target || action.account.object_id;
}

// Whom it is about: what each account may do, what a lock would stop, what was asked for and done.
import { Alert, Button, Checkbox, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, must, type Schemas } from '../../api/client';
import { literal } from '../../api/kql';
import { logs, objects } from '../../api/queries';
import { actionsOf, callOf, kindWords, nameOf, policiesOf, stateWords, type Action, type ActionKind, type Outlook } from '../../api/respond';
import { Calls, Confirm } from '../../parts/Confirm';
import { Field, plainText } from '../../parts/Field';
import { counted, StatusMark, useNow, When } from '../../parts/marks';
import { Card, Failed, Loading } from '../../parts/states';
import { failed, told } from '../../parts/undo';

const dayMs = 24 * 3_600_000;

// What it was used for: what a lock would stop.
function Uses({ outlook }: { outlook: Outlook }) {
  const now = useNow();
  const [from] = useState(() => new Date(Math.floor(now / 600_000) * 600_000 - 30 * dayMs).toISOString());
  const who = literal((outlook.principal_name || outlook.name).toLowerCase());
  const where = `union SigninLogs, AADNonInteractiveUserSignInLogs | where tolower(UserPrincipalName) == ${who} | where tostring(ResultType) == "0"`;
  const uses = useQuery(logs({ query: `${where} | summarize Times = count(), Last = max(TimeGenerated) by App = AppDisplayName | order by Times desc | take 8`, from }));
  if (uses.isPending) return <Loading rows={2} />;
  if (uses.isError) return <Failed error={uses.error} retry={() => void uses.refetch()} />;
  const rows = objects(uses.data);
  if (rows.length === 0) return <p className="soft small">No sign-in of it is stored of the last 30 days, so it cannot be told what a lock would stop.</p>;
  return (
    <div>
      <p className="soft small">A lock stops what it was used for in the last 30 days:</p>
      <ul className="uses" data-testid="incident.uses">
        {rows.map((row) => (
          <li key={plainText(row.App)}>
            <Field value={row.App} most={50} />
            <span className="soft small">{counted(Number(row.Times), 'sign-in')}, the last <When time={plainText(row.Last)} /></span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Radius({ outlook }: { outlook: Outlook }) {
  const known = outlook.identity;
  if (!known)
    return <p className="soft small">{outlook.verdict ? 'The directory, as it was read last, has no such account.' : 'Who is in the tenant was not read yet.'}</p>;
  const roles = [...known.roles, ...known.eligible_roles.map((role) => `${role} (may activate)`)];
  return (
    <dl className="facts">
      <div><dt>Is</dt><dd>{[known.enabled ? 'enabled' : 'disabled', known.user_type || 'Member', known.administrator && 'an administrator', known.protected && !known.administrator && 'protected'].filter(Boolean).join(', ')}</dd></div>
      <div><dt>Roles</dt><dd>{roles.length === 0 ? 'none of the directory' : <Field value={roles.join(', ')} most={160} />}</dd></div>
      <div><dt>Groups</dt><dd>{known.group_count === 0 ? 'none' : <><Field value={known.groups.slice(0, 6).join(', ')} most={120} />{known.group_count > 6 && <span className="soft"> and {known.group_count - 6} more</span>}</>}</dd></div>
    </dl>
  );
}

const verdictWords: Record<NonNullable<Outlook['verdict']>['decision'], string> = {
  allow: 'The guard would allow a lock',
  'needs-approval': 'The guard would ask a person',
  deny: 'The guard would refuse a lock',
};

function Ask({ incident, outlook, onEnd }: { incident: number; outlook: Outlook; onEnd: () => void }) {
  const client = useQueryClient();
  const [kinds, setKinds] = useState<ActionKind[]>(['disable_account', 'revoke_sessions']);
  const [reason, setReason] = useState('');
  const id = outlook.identity?.id ?? outlook.object_id;
  const ask = useMutation({
    mutationFn: async () => {
      for (const kind of kinds)
        await must(api.POST('/api/v1/actions', { body: { kind, incident, object_id: outlook.object_id, principal_name: outlook.principal_name, reason } }));
    },
    onSuccess: () => {
      onEnd();
      told('Proposed: somebody else must approve it');
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['state', 'actions'] }),
  });
  return (
    <Modal opened onClose={onEnd} title={`Respond: ${outlook.name}`} size="lg">
      <form className="form" data-testid="incident.ask" onSubmit={(event) => {
        event.preventDefault();
        if (kinds.length > 0) ask.mutate();
      }}>
        {(['disable_account', 'revoke_sessions', 'reset_mfa', 'confirm_compromised'] as const).map((kind) => (
          <Checkbox key={kind} label={kindWords[kind].done} description={`${kindWords[kind].stops} ${kindWords[kind].undo}`} checked={kinds.includes(kind)} data-testid={`incident.ask.${kind}`}
            onChange={(event) => setKinds(event.currentTarget.checked ? [...kinds, kind] : kinds.filter((each) => each !== kind))} />
        ))}
        <div>
          <p className="soft">Nothing is sent now. Once somebody else has approved it:</p>
          <Calls calls={kinds.map((kind) => callOf(kind, id))} />
        </div>
        {outlook.verdict && <p className={outlook.verdict.decision === 'deny' ? 'bad-line' : 'soft'}>{verdictWords[outlook.verdict.decision]}: <Field value={outlook.verdict.words} most={160} /></p>}
        <Textarea label="Why" description="Whoever approves reads it." maxLength={400} autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-testid="incident.ask.reason" />
        {ask.isError && <Alert color="red" variant="outline" role="alert">{ask.error.message}</Alert>}
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button type="submit" loading={ask.isPending} disabled={kinds.length === 0} data-testid="incident.ask.do">Propose it</Button>
        </div>
      </form>
    </Modal>
  );
}

function ActionRow({ action, me, guard }: { action: Action; me: Schemas['Session']; guard: Schemas['Guard'] }) {
  const client = useQueryClient();
  const [isApproving, setApproving] = useState(false);
  const name = nameOf(action);
  const decide = useMutation({
    mutationFn: (what: 'approve' | 'refuse' | 'undo') => {
      const params = { path: { id: action.id } };
      if (what === 'approve') return must(api.POST('/api/v1/actions/{id}/approve', { params }));
      return must(what === 'refuse' ? api.POST('/api/v1/actions/{id}/refuse', { params }) : api.POST('/api/v1/actions/{id}/undo', { params }));
    },
    onSuccess: (_, what) => {
      setApproving(false);
      told({ approve: 'Approved: it is done when the guard allows it', refuse: 'Refused', undo: 'The account is given back' }[what]);
    },
    onError: (error, what) => what !== 'approve' && failed(error),
    onSettled: () => client.invalidateQueries({ queryKey: ['state'] }),
  });
  const canAct = me.role === 'responder' || me.role === 'admin';
  const isMine = guard.two_persons && action.requested_by.toLowerCase() === me.name.toLowerCase();
  const isWaiting = action.state === 'waiting_for_approval';
  const canRefuse = isWaiting || action.state === 'requested' || action.state === 'approved';
  const canUndo = action.is_ours && action.kind === 'disable_account' && !['undone', 'sending'].includes(action.state);
  return (
    <li className="action" data-id={action.id} data-testid="incident.action">
      <div className="action-head">
        <strong>{kindWords[action.kind].done}</strong>
        <Field value={name} most={50} />
        <StatusMark status={stateWords(action.state)} />
      </div>
      <p className="small"><Field value={action.outcome || 'Nobody has looked at it yet.'} most={240} /></p>
      <p className="soft small">
        Asked by <Field value={action.requested_by} most={40} /> <When time={action.requested} />{action.policy && <>, policy {action.policy}</>}
        {action.reason && <>: <Field value={action.reason} most={160} /></>}
        {action.approved_by && <>; approved by <Field value={action.approved_by} most={40} /> <When time={action.approved} /></>}
        {action.next_look && ['done', 'verified'].includes(action.state) && <>; looked at again <When time={action.next_look} /></>}
      </p>
      <div className="form-end">
        {isWaiting && <Button size="xs" color="danger" disabled={!canAct || isMine} title={!canAct ? 'Approving needs the role responder.' : isMine ? 'You asked for it: somebody else must approve it.' : undefined} onClick={() => setApproving(true)} data-testid="incident.action.approve">Approve</Button>}
        {canRefuse && <Button size="xs" variant="default" disabled={!canAct} loading={decide.isPending && decide.variables === 'refuse'} onClick={() => decide.mutate('refuse')} data-testid="incident.action.refuse">Reject</Button>}
        {canUndo && <Button size="xs" variant="default" disabled={!canAct} loading={decide.isPending && decide.variables === 'undo'} onClick={() => decide.mutate('undo')} data-testid="incident.action.undo">Undo</Button>}
      </div>
      {isWaiting && isMine && <p className="soft small">You asked for it: somebody else must approve it.</p>}
      {isApproving && (
        <Confirm title={`Approve: ${kindWords[action.kind].done.toLowerCase()}`} word={name} verb={`${kindWords[action.kind].does} ${name}`} calls={[callOf(action.kind, action.target)]}
          isBusy={decide.isPending} error={decide.error?.message} onDo={() => decide.mutate('approve')} onEnd={() => setApproving(false)} testid="incident.approve">
          <p>{kindWords[action.kind].stops} {kindWords[action.kind].undo}</p>
          <p className="soft">The guard looks once more before it is sent. Its word until now: <Field value={action.outcome} most={160} /></p>
        </Confirm>
      )}
    </li>
  );
}

export function Accounts({ id, me }: { id: number; me: Schemas['Session'] }) {
  const found = useQuery(policiesOf(id));
  const asked = useQuery(actionsOf(id));
  const [asking, setAsking] = useState<Outlook>();
  if (found.isPending) return <Card title="Whom it is about"><Loading rows={3} /></Card>;
  if (found.isError) return null; // the clock says so
  const { accounts, account_count, guard } = found.data;
  const rows = asked.data?.rows ?? [];
  if (accounts.length === 0 && rows.length === 0) return null;
  const canAct = me.role === 'responder' || me.role === 'admin';
  return (
    <Card title={accounts.length === 1 ? 'The account' : `Accounts (${account_count})`} testid="incident.accounts">
      {accounts.map((outlook) => (
        <section key={outlook.name} className="account">
          <header className="card-head">
            <h3><Field value={outlook.identity?.display_name || outlook.name} most={50} /> {outlook.identity?.display_name && <span className="soft small"><Field value={outlook.name} most={50} mono /></span>}</h3>
            {guard.can_act && <Button size="xs" variant="default" disabled={!canAct} title={canAct ? undefined : 'Responding needs the role responder.'} onClick={() => setAsking(outlook)} data-testid="incident.respond">Respond</Button>}
          </header>
          <Radius outlook={outlook} />
          {outlook.verdict && <p className={`verdict small ${outlook.verdict.decision === 'deny' ? '' : 'verdict-due'}`} data-testid="incident.verdict">{verdictWords[outlook.verdict.decision]}: <Field value={outlook.verdict.words} most={160} /></p>}
          <Uses outlook={outlook} />
        </section>
      ))}
      {!guard.can_act && <p className="soft small">Vedette may not touch accounts: the settings name no tenant for it (<code>[respond] tenant</code>).</p>}
      {rows.length > 0 && (
        <>
          <h3 className="actions-head">What was asked for</h3>
          <ul className="actions">{rows.map((action) => <ActionRow key={action.id} action={action} me={me} guard={guard} />)}</ul>
        </>
      )}
      {asking && <Ask incident={id} outlook={asking} onEnd={() => setAsking(undefined)} />}
    </Card>
  );
}

// What was done to accounts, as entries of the incident's timeline.
export function useActionEntries(id: number): Schemas['TimelineEntry'][] {
  const rows = useQuery(actionsOf(id)).data?.rows ?? [];
  return rows.flatMap((action) => {
    const what = `${kindWords[action.kind].done}: ${nameOf(action)}`;
    const entry = (kind: string, at: string | null, actor: string, text: string) => (at ? [{ kind, at, event: null, actor, text }] : []);
    return [
      ...entry('action asked', action.requested, action.requested_by, `${what}${action.reason ? `. ${action.reason}` : ''}`),
      ...entry('action approved', action.approved, action.approved_by, what),
      ...entry('action sent', action.started, 'vedette', what),
      ...entry(`action ${stateWords(action.state)}`, action.changed !== action.requested ? action.changed : null, 'vedette', `${what}. ${action.outcome}`),
    ];
  });
}

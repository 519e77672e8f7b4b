// "What will happen by itself, to whom, and why not?"
import { Alert, Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, must, type Schemas } from '../api/client';
import { session } from '../api/queries';
import { afterWords, modeWords, plan, policies, stepName, type Guard, type Mode } from '../api/respond';
import { age, utc } from '../api/time';
import { Confirm } from '../parts/Confirm';
import { Field } from '../parts/Field';
import { counted, StatusMark, useNow, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { failed, told } from '../parts/undo';

type Policy = Schemas['Policy'];

const fields: Record<string, string> = {
  title: 'its title',
  labels: 'a label',
  alerts: 'the name of an alert',
  rules: 'the rule',
  products: 'the product',
  entities: 'an entity',
};
const endWords = { attended: 'attended to in time', unclear: 'stopped by an unidentified change', running: 'still runs', locked: 'would have been locked' } as const;

// The switch that stops everything: one click stops, an administrator resumes.
function Switch({ guard, me }: { guard: Guard; me: Schemas['Session'] }) {
  const client = useQueryClient();
  const [why, setWhy] = useState('');
  const done = () => client.invalidateQueries({ queryKey: ['state'] });
  const stop = useMutation({ mutationFn: () => must(api.POST('/api/v1/responses/stop', { body: { why } })), onSuccess: () => told('Stopped: no account is touched'), onError: failed, onSettled: done });
  const resume = useMutation({ mutationFn: () => must(api.POST('/api/v1/responses/resume')), onSuccess: (answer) => told(answer.said), onError: failed, onSettled: done });
  const canStop = me.role === 'responder' || me.role === 'admin';
  const isOff = guard.stopped || guard.tripped;
  return (
    <div className="switch" data-testid="policies.switch">
      {guard.stopped && <p className="bad-line" data-testid="policies.stopped"><strong>Stopped.</strong> No account is touched until an administrator resumes.</p>}
      {guard.tripped && <p className="bad-line"><strong>The trip-wire is set off.</strong> <Field value={guard.tripped_why} most={200} /> Two administrators must resume within 30 minutes{guard.reset_by && <>; <Field value={guard.reset_by} /> already has</>}.</p>}
      {isOff ? (
        <Button size="xs" variant="default" disabled={me.role !== 'admin'} title={me.role === 'admin' ? undefined : 'Resuming needs the role admin.'} loading={resume.isPending} onClick={() => resume.mutate()} data-testid="policies.resume">Resume</Button>
      ) : (
        <form className="bar" onSubmit={(event) => event.preventDefault()}>
          <TextInput size="xs" aria-label="Why" placeholder="Why (may be empty)" maxLength={200} value={why} onChange={(event) => setWhy(event.currentTarget.value)} className="grow" />
          <Button size="xs" color="danger" disabled={!canStop} title={canStop ? undefined : 'Stopping needs the role responder.'} loading={stop.isPending} onClick={() => stop.mutate()} data-testid="policies.stop">Stop all locks</Button>
        </form>
      )}
    </div>
  );
}

function GuardCard({ guard, me }: { guard: Guard; me: Schemas['Session'] }) {
  return (
    <Card title="What stands between a policy and an account" testid="policies.guard">
      {!guard.can_act && <p className="soft">Vedette may not touch any account: the settings name no tenant for it (<code>[respond] tenant</code>). Policies tell and warn all the same.</p>}
      <dl className="facts wide-facts">
        <div><dt>No policy goes further than</dt><dd>{modeWords[guard.mode]}</dd></div>
        <div><dt>Never locked</dt><dd>{guard.break_glass} break-glass, {guard.service_accounts} service, {guard.approver_accounts} approvers&apos; accounts; whoever holds or may activate a directory role; guests, shared mailboxes, applications{guard.break_glass === 0 && <strong> (no break-glass account is named, so nothing is done by itself)</strong>}</dd></div>
        <div><dt>Accounts</dt><dd>{guard.hour} of {guard.hour_most} in this hour, {guard.day} of {guard.day_most} in 24 h; one more sets off the trip-wire</dd></div>
        <div><dt>Approval</dt><dd>{guard.two_persons ? 'by somebody else than who asked' : 'also by who asked'}</dd></div>
      </dl>
      <Switch guard={guard} me={me} />
    </Card>
  );
}

function Simulation({ name }: { name: string }) {
  const [days, setDays] = useState('90');
  const run = useMutation({ mutationFn: () => must(api.POST('/api/v1/policies/{id}/simulate', { params: { path: { id: name } }, body: { days: Number(days) } })) });
  return (
    <div className="stack" data-testid="policies.simulation">
      <div className="bar">
        <span className="soft">What would have happened in the last</span>
        <Select size="xs" w={110} aria-label="Days" data={[{ value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'year' }]} value={days} allowDeselect={false} onChange={(value) => value && setDays(value)} />
        <Button size="xs" variant="default" loading={run.isPending} onClick={() => run.mutate()} data-testid="policies.simulate">Simulate</Button>
      </div>
      {run.isError && <Alert color="red" variant="outline" role="alert">{run.error.message}</Alert>}
      {run.data && (
        <div data-testid="policies.simulated">
          <p><strong>{counted(run.data.locks, 'lock')}</strong>, {run.data.attended} attended to in time, {run.data.unclear} stopped by an unidentified change, {run.data.running} still running: {run.data.matched} of {run.data.incidents} incidents are this policy&apos;s.</p>
          {run.data.rows.length > 0 && (
            <div className="scroll" tabIndex={0} role="region" aria-label="Simulated incidents">
              <table className="rows compact">
                <thead><tr><th>Incident</th><th>Affected</th><th>Begun</th><th>End</th></tr></thead>
                <tbody>
                  {run.data.rows.map((row) => (
                    <tr key={row.incident}>
                      <td className="wide"><Link to="/incidents/$id" params={{ id: String(row.incident) }}>#{row.incident} <Field value={row.title} most={60} /></Link></td>
                      <td><Field value={row.affected} most={50} /></td>
                      <td><When time={row.started} /></td>
                      <td>{row.end === 'locked' ? <strong>{endWords.locked} {row.lock && utc(new Date(row.lock))}</strong> : <>{endWords[row.end]}{row.touched_after_s > 0 && `, after ${age(row.touched_after_s * 1000)}`}</>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Arm({ policy, onEnd }: { policy: Policy; onEnd: () => void }) {
  const client = useQueryClient();
  const [mode, setMode] = useState<Mode>(policy.mode);
  const shown = useQuery(plan(policy.name, mode));
  const arm = useMutation({
    mutationFn: (sentence: string) => must(api.POST('/api/v1/policies/{id}/arm', { params: { path: { id: policy.name } }, body: { mode, hash: shown.data?.hash ?? '', sentence } })),
    onSuccess: (all) => {
      client.setQueryData(policies.queryKey, all);
      onEnd();
      told(`${policy.name} is armed (${mode})`);
    },
  });
  if (shown.isError) return <Alert color="red" variant="outline" role="alert" withCloseButton onClose={onEnd}>{shown.error.message}</Alert>;
  if (!shown.data) return null;
  const calls = shown.data.calls.map((call) => ({ ...call, when: `${afterWords(call.after_s)}, for each account of the incident, by its object id:` }));
  return (
    <Confirm title={`Arm ${policy.name}`} word={shown.data.sentence} verb={`Arm ${policy.name}`} calls={calls} isBusy={arm.isPending} error={arm.error?.message} onDo={(typed) => arm.mutate(typed)} onEnd={onEnd} testid="policies.arm.form">
      <Select label="How far it may go" data={Object.entries(modeWords).map(([value, label]) => ({ value, label }))} value={mode} allowDeselect={false} onChange={(value) => value && setMode(value as Mode)} data-testid="policies.arm.mode" />
      <p>{mode === 'dry-run' ? 'It sends no call: what it would do is written down.' : mode === 'propose' ? 'It asks a person before it sends any of these calls.' : 'It sends these calls without asking anybody. The guard may still refuse or ask: protected accounts, caps, trip-wire.'}</p>
      <p className="soft">{counted(shown.data.open_incidents, 'open incident matches now; its clock begins', 'open incidents match now; their clocks begin')} at this moment, not earlier. {policy.until === 'acknowledged' ? "A person's touch stops the clock." : 'Only closing the incident stops the clock.'}</p>
      <Simulation name={policy.name} />
    </Confirm>
  );
}

function Steps({ policy }: { policy: Policy }) {
  return (
    <ol className="way">
      {policy.steps.map((step, i) => (
        <li key={i} className={step.do === 'lock' || step.do === 'revoke' ? 'way-step acts' : 'way-step'}>
          <span className="soft small">{step.after_s === 0 ? 'at once' : age(step.after_s * 1000)}</span>
          <span>{stepName(step.do)}</span>
        </li>
      ))}
    </ol>
  );
}

function Cases({ policy }: { policy: Policy }) {
  const now = useNow();
  if (policy.cases.length === 0) return <p className="soft">No open incident is under it.</p>;
  return (
    <table className="rows compact">
      <thead><tr><th>Incident</th><th>Affected</th><th>What happens next</th></tr></thead>
      <tbody>
        {policy.cases.map((one) => (
          <tr key={one.incident}>
            <td className="wide"><Link to="/incidents/$id" params={{ id: String(one.incident) }}>#{one.incident} <Field value={one.title} most={60} /></Link></td>
            <td><Field value={one.affected} most={50} /></td>
            <td>{one.lock ? <strong title={utc(new Date(one.lock))}>{one.mode === 'auto' ? 'locks' : one.mode === 'propose' ? 'asks to lock' : 'would lock'} {Date.parse(one.lock) > now ? `in ${age(Date.parse(one.lock) - now)}` : 'now'}</strong> : one.state === 'acting' ? 'its actions were asked for' : <>will not lock: <Field value={one.refusals[0] ?? 'no step locks'} most={100} /></>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PolicyCard({ policy, me }: { policy: Policy; me: Schemas['Session'] }) {
  const client = useQueryClient();
  const [isArming, setArming] = useState(false);
  const armed = policy.armed;
  const disarm = useMutation({
    mutationFn: () => must(api.POST('/api/v1/policies/{id}/disarm', { params: { path: { id: policy.name } } })),
    onSuccess: (all) => {
      client.setQueryData(policies.queryKey, all);
      told(`${policy.name} is disarmed: it tells nobody and locks nobody`);
    },
    onError: failed,
  });
  const canArm = me.role === 'admin';
  const canDisarm = canArm || me.role === 'responder';
  const matches = policy.matches.map((each) => `${fields[each.in] ?? each.in} has the words "${each.words}"`);
  return (
    <Card testid={`policies.${policy.name}`} title={<>{policy.type} <StatusMark status={!armed ? 'not armed' : armed.is_changed ? 'changed' : `armed: ${armed.mode}`} /></>} side={
      <div className="form-end">
        {armed && <Button size="xs" variant="default" disabled={!canDisarm} title={canDisarm ? undefined : 'Disarming needs the role responder.'} loading={disarm.isPending} onClick={() => disarm.mutate()} data-testid={`policies.${policy.name}.disarm`}>Disarm</Button>}
        <Button size="xs" disabled={!canArm} title={canArm ? undefined : 'Arming needs the role admin.'} onClick={() => setArming(true)} data-testid={`policies.${policy.name}.arm`}>{armed ? 'Arm otherwise' : 'Arm'}</Button>
      </div>
    }>
      {armed?.is_changed && <p className="bad-line">Its file was changed since it was armed: it does nothing until it is armed again.</p>}
      {armed && <p className="soft small">Armed by <Field value={armed.by} most={40} /> <When time={armed.at} /></p>}
      <p><Field value={policy.description} most={400} /></p>
      <Steps policy={policy} />
      <dl className="facts wide-facts">
        <div><dt>About incidents where</dt><dd><Field value={matches.join(', or ')} most={400} /></dd></div>
        <div><dt>The clock is stopped by</dt><dd>{policy.until === 'acknowledged' ? 'a person who acknowledges, takes or comments the incident' : 'closing the incident, and nothing else'}{!policy.all_days && '; only working days count'}</dd></div>
        <div><dt>Nobody is locked</dt><dd>earlier than {age(policy.least_notice_s * 1000)} after the first message; of one incident at most {policy.accounts_max} accounts without asking</dd></div>
        <div><dt>Asks a person first</dt><dd>{{ never: 'as it is armed', always: 'always', 'host-centred': 'where the incident is about a machine' }[policy.ask_first]}</dd></div>
        <div><dt>File</dt><dd><Field value={policy.file} most={80} mono /></dd></div>
      </dl>
      <Cases policy={policy} />
      {policy.case_count > policy.cases.length && <p className="soft small">{policy.case_count - policy.cases.length} more are not shown.</p>}
      {me.role !== 'viewer' && !isArming && <Simulation name={policy.name} />}
      {isArming && <Arm policy={policy} onEnd={() => setArming(false)} />}
    </Card>
  );
}

export default function Policies() {
  const me = useQuery(session).data;
  const all = useQuery(policies);
  const armed = all.data?.rows.filter((each) => each.armed && !each.armed.is_changed).length ?? 0;
  return (
    <Page title="Policies" note={all.data && (armed === 0 ? 'none is armed' : `${armed} of ${all.data.rows.length} armed`)} testid="policies.page">
      {all.isPending && <Loading rows={8} />}
      {all.isError && <Failed error={all.error} retry={() => void all.refetch()} />}
      {all.data && me && (
        <>
          <GuardCard guard={all.data.guard} me={me} />
          {all.data.gone.map((name) => <p key={name} className="note">The policy {name} is armed, but its file is gone: it does nothing.</p>)}
          {all.data.rows.length === 0 && <Empty title="There is no policy." />}
          {all.data.rows.map((policy) => <PolicyCard key={policy.name} policy={policy} me={me} />)}
        </>
      )}
    </Page>
  );
}

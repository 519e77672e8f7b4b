// What happens next by itself, when, and what stands against it.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { afterWords, policiesOf, stepName } from '../../api/respond';
import { age, utc } from '../../api/time';
import { Field } from '../../parts/Field';
import { useNow, When } from '../../parts/marks';
import { Card, Failed, Loading } from '../../parts/states';

type Explained = Schemas['ExplainedPolicy'];

const verbs: Record<Explained['mode'], string> = { auto: 'Locks', propose: 'Asks a person to lock', 'dry-run': 'Would lock (dry run)' };

// "Locks in 1 d 4 h", "Will not lock: break-glass", or nothing: no policy is about it.
function verdict(of: Explained, accounts: Schemas['AccountOutlook'][], now: number): { text: string; isDue: boolean } {
  if (of.state === 'over') return { text: `Over: ${of.ending}`, isDue: false };
  if (of.state === 'acting') return { text: 'Its actions were asked for', isDue: true };
  if (of.refusals.length > 0) return { text: `Will not lock: ${of.refusals[0]}`, isDue: false };
  const denied = accounts.filter((each) => each.verdict?.decision === 'deny');
  if (denied.length > 0 && denied.length === accounts.length) return { text: `Will not lock: ${denied[0]?.verdict?.words}`, isDue: false };
  if (!of.lock) return { text: 'It only tells and warns', isDue: false };
  const left = Date.parse(of.lock) - now;
  return { text: `${verbs[of.mode]} ${left > 0 ? `in ${age(left)}` : 'now'}`, isDue: true };
}

export function ClockMark({ id }: { id: number }) {
  const found = useQuery(policiesOf(id));
  const now = useNow();
  const first = found.data?.policies[0];
  if (!found.data || !first) return null;
  const { text, isDue } = verdict(first, found.data.accounts, now);
  return <a href="#clock" className={isDue ? 'clock clock-due' : 'clock'} data-testid="incident.clock"><Field value={text} most={70} /></a>;
}

function Steps({ of, now }: { of: Explained; now: number }) {
  return (
    <ol className="steps">
      {of.steps.map((step, i) => (
        <li key={i} className={step.is_done ? 'step done' : step.do === 'lock' || step.do === 'revoke' ? 'step acts' : 'step'}>
          <span>{stepName(step.do)}</span>
          <span className="soft">{afterWords(step.after_s)}</span>
          <span className="soft" title={step.due ? utc(new Date(step.due)) : undefined}>
            {step.is_done ? 'done' : !step.due ? '\u2013' : Date.parse(step.due) <= now ? 'due now' : `in ${age(Date.parse(step.due) - now)}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Policy({ of, accounts }: { of: Explained; accounts: Schemas['AccountOutlook'][] }) {
  const now = useNow();
  const said = verdict(of, accounts, now);
  return (
    <div className="policy-of">
      <p className={said.isDue ? 'verdict verdict-due' : 'verdict'} data-testid="incident.clock.verdict"><Field value={said.text} most={200} /></p>
      {of.lock && said.isDue && <p className="soft small">On {utc(new Date(of.lock))}, because no person has touched it. Acknowledge, take or comment it to stop the clock.</p>}
      <dl className="facts">
        <div><dt>Policy</dt><dd><Link to="/policies">{of.name}</Link>{of.armed ? ` (${of.armed.mode}, armed by ` : ' (not armed)'}{of.armed && <><Field value={of.armed.by} most={40} />)</>}</dd></div>
        <div><dt>Matched</dt><dd><Field value={of.why} most={160} /></dd></div>
        <div><dt>Clock from</dt><dd><When time={of.started} /></dd></div>
        {of.asks_first && <div><dt>Asks first</dt><dd><Field value={of.asks_first} most={160} /></dd></div>}
        {of.refusals.slice(1).map((why) => <div key={why}><dt>Nor because</dt><dd><Field value={why} most={160} /></dd></div>)}
      </dl>
      <Steps of={of} now={now} />
    </div>
  );
}

export function Clock({ id }: { id: number }) {
  const found = useQuery(policiesOf(id));
  if (found.isPending) return <Card title="What happens by itself"><Loading rows={3} /></Card>;
  if (found.isError) return <Card title="What happens by itself"><Failed error={found.error} retry={() => void found.refetch()} /></Card>;
  const { guard, policies, accounts } = found.data;
  return (
    <div id="clock">
      <Card title="What happens by itself" testid="incident.clock.card">
        {guard.stopped && <p className="bad-line">All responses are stopped: nobody is locked until they are resumed on the page <Link to="/policies">Policies</Link>.</p>}
        {guard.tripped && <p className="bad-line">The trip-wire is set off: <Field value={guard.tripped_why} most={160} /></p>}
        {policies.length === 0
          ? <p className="soft">Nothing: no <Link to="/policies">policy</Link> is about it. People work on it.</p>
          : policies.map((each) => <Policy key={each.name} of={each} accounts={accounts} />)}
      </Card>
    </div>
  );
}

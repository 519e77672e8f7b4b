// "What do we look for, and what would change if I turned this?"
import { Alert, Button, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react';
import { api, must, type Schemas } from '../api/client';
import { detections, logs, objects, session } from '../api/queries';
import { Field } from '../parts/Field';
import { counted, When } from '../parts/marks';
import { Card, Empty, Failed, Loading, Page } from '../parts/states';
import { failed, told } from '../parts/undo';
import { HostDetections } from './detections/HostDetections';
import { WorkingHours } from './detections/WorkingHours';

const WorldMap = lazy(() => import('../parts/WorldMap'));
const countryNames = new Intl.DisplayNames('en', { type: 'region' });

type Setting = Schemas['DetectionSetting'];
type Value = Schemas['SettingValue'];
type Draft = Record<string, Value | null>; // null: as the settings file has it again
type Errors = Record<string, string>;

const days = 7;
const general = ['enabled', 'cool_down_minutes', 'lateness_minutes', 'people_max'];
const roles = ['viewer', 'analyst', 'responder', 'admin'];

const labels: Record<string, string> = {
  enabled: 'Watch people', cool_down_minutes: 'Alert frequency', lateness_minutes: 'Lateness', people_max: 'People remembered',
  failed_attempts: 'Failures', failed_minutes: '... within', guessed_failures: 'Failures before', guessed_minutes: '... within',
  spray_users: 'People, quickly', spray_minutes: '... within', slow_spray_users: 'People, slowly', slow_spray_hours: '... within',
  mfa_denials: 'Refused second factors', mfa_minutes: '... within', speed_km_per_hour: 'Speed', distance_km: 'Distance',
  error_city_km: 'Error of a city', error_country_km: 'Error of a country', alert_score: 'Score to tell', high_score: 'Score of high severity',
  record_score: 'Score to record', warm_up_days: 'Warm-up', dormant_days: 'Unused for', work_start_hour: 'Work begins', work_end_hour: 'Work ends',
  work_grace_minutes: 'Grace', after_hours_strangers: 'Tell of strangers at night', after_hours_habits: 'Habits are no news', on_call: 'On call',
  every_administrator_use: 'Tell of every use', zone: 'Time zone', break_glass: 'Emergency accounts',
};
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const label = (name: string) => labels[name] ?? sentence(name.replaceAll('_', ' '));
// The settings file says of which rules a setting is; here it stands with them.
const meaningOf = (setting: Setting) =>
  sentence(setting.meaning.replace(/^([a-z_, ]+: |\.\.\. and )/, '').replace(/[a-z]+_[a-z_]+/g, (name) => (labels[name] ? `\u201c${labels[name]}\u201d` : name)));
const shown = (value: Value | null | undefined) =>
  Array.isArray(value) ? (value.length === 0 ? 'nothing' : value.join(', ')) : value === true ? 'on' : value === false ? 'off' : typeof value === 'number' ? value.toLocaleString() : String(value);
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

interface Desk {
  settings: Map<string, Setting>;
  draft: Draft;
  errors: Errors;
  canChange: boolean;
  set: (name: string, value: Value | null | undefined) => void; // undefined: as it is
  groups: Schemas['Detections']['groups'];
  effect: Schemas['DetectionPreview'] | undefined; // of this very draft
}

function valueOf(desk: Desk, name: string): Value {
  const setting = desk.settings.get(name)!;
  const drafted = desk.draft[name];
  return drafted === undefined ? setting.value : drafted === null ? setting.file : drafted;
}

function problemWith(setting: Setting, value: Value | null): string | undefined {
  if (setting.kind !== 'number' || value === null) return undefined;
  const { least = 0, most = 0 } = setting;
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return fits ? undefined : `must be a whole number from ${least.toLocaleString()} to ${most.toLocaleString()}`;
}

// What holds, and how it comes back.
function Where({ desk, setting }: { desk: Desk; setting: Setting }) {
  const name = setting.name;
  const isDirty = desk.draft[name] !== undefined;
  const isOurs = isDirty ? desk.draft[name] !== null : setting.changed;
  if (!isDirty && !isOurs) return null;
  return (
    <span className="setting-where" data-testid={`detections.where.${name}`}>
      {isDirty ? <>not saved; holds now: {shown(setting.value)} </> : <>changed here; the settings file says {shown(setting.file)} </>}
      {isDirty && <Button size="compact-xs" variant="subtle" onClick={() => desk.set(name, undefined)}>Undo</Button>}
      {isOurs && desk.canChange && !isDirty && <Button size="compact-xs" variant="subtle" onClick={() => desk.set(name, null)}>Use the file&apos;s</Button>}
    </span>
  );
}

function SettingField({ desk, name, suggestions }: { desk: Desk; name: string; suggestions?: string[] }) {
  const setting = desk.settings.get(name);
  if (!setting) return null;
  const value = valueOf(desk, name);
  const common = {
    label: label(name),
    error: desk.errors[name],
    disabled: !desk.canChange,
    'data-testid': `detections.field.${name}`,
  };
  const usual = setting.kind === 'switch' ? '' : `. Usually ${shown(setting.default)}`;
  let field: ReactNode;
  if (setting.kind === 'number')
    field = (
      <NumberInput {...common} description={`${meaningOf(setting)}. From ${setting.least?.toLocaleString()} to ${setting.most?.toLocaleString()} ${setting.unit}${usual}`} value={value as number} allowDecimal={false} thousandSeparator="," rightSection={null} suffix={` ${setting.unit}`}
        onChange={(next) => desk.set(name, next)} />
    );
  else if (setting.kind === 'switch') field = <Switch {...common} description={meaningOf(setting)} checked={value === true} onChange={(event) => desk.set(name, event.currentTarget.checked)} />;
  else if (setting.kind === 'list')
    field = (
      <TagsInput {...common} description={`${meaningOf(setting)}. Each: ${setting.form}`} value={value as string[]} data={suggestions ?? []} acceptValueOnBlur
        placeholder={(value as string[]).length === 0 ? 'Type, then Enter' : undefined} onChange={(next) => desk.set(name, next)} />
    );
  else field = <TextInput {...common} description={`${meaningOf(setting)}. As in ${setting.form}${usual}`} value={value as string} onChange={(event) => desk.set(name, event.currentTarget.value)} />;
  return (
    <div className="setting" data-setting={name}>
      {field}
      <Where desk={desk} setting={setting} />
    </div>
  );
}

// Countries from which people came in, with how often: what each of them would have told.
function Countries({ desk }: { desk: Desk }) {
  const seen = useQuery(logs({ query: 'SigninLogs | where ResultType == "0" and Location != "" and TimeGenerated > ago(30d) | summarize n = count() by Location | top 20 by n desc' }));
  const rows = seen.data ? objects(seen.data) : [];
  const risky = valueOf(desk, 'high_risk_countries') as string[];
  const places = rows.filter((row) => /^[A-Z]{2}$/.test(String(row.Location))).map((row) => ({ code: String(row.Location), name: countryNames.of(String(row.Location)) ?? '', succeeded: Number(row.n), failed: 0 }));
  const pick = (code: string) => desk.set('high_risk_countries', risky.includes(code) ? risky.filter((each) => each !== code) : [...risky, code]);
  return (
    <>
      <div className="countries-map" data-testid="detections.map">
        <Suspense fallback={<Loading rows={2} />}>
          <WorldMap places={places} chosen={new Set(risky)} onPick={desk.canChange ? pick : undefined}
            title={risky.length === 0 ? 'No country is of high risk yet: choose them here or in the field' : `Of high risk: ${risky.map((code) => countryNames.of(code) ?? code).join(', ')}`} />
        </Suspense>
      </div>
      <SettingField desk={desk} name="high_risk_countries" suggestions={rows.map((row) => String(row.Location))} />
      {rows.length > 0 && (
        <p className="soft small">
          Log-ins of the last 30 days came from {rows.slice(0, 12).map((row) => `${String(row.Location)} (${Number(row.n).toLocaleString()})`).join(', ')}.
        </p>
      )}
    </>
  );
}

function Hours({ desk }: { desk: Desk }) {
  return (
    <div className="hours">
      <WorkingHours lines={valueOf(desk, 'working_hours') as string[]} groups={desk.groups} canChange={desk.canChange} set={(lines) => desk.set('working_hours', lines)} error={desk.errors.working_hours}
        effect={desk.effect && desk.effect.events > 0 ? { hours: desk.effect.hours, days: desk.effect.days } : undefined} grace={valueOf(desk, 'work_grace_minutes') as number} />
      <Where desk={desk} setting={desk.settings.get('working_hours')!} />
    </div>
  );
}

const special: Record<string, (props: { desk: Desk }) => ReactNode> = { high_risk_countries: Countries, working_hours: Hours };

function Detector({ desk, detector, first }: { desk: Desk; detector: Schemas['Detector']; first: string[] }) {
  const off = valueOf(desk, 'off') as string[];
  const isOn = !off.includes(detector.name);
  const shared = detector.settings.filter((name) => !first.includes(name));
  return (
    <Card testid={`detections.${detector.name}`} title={detector.title} side={
      <Switch size="sm" label={isOn ? 'On' : 'Off'} aria-label={`${detector.title}: on`} checked={isOn} disabled={!desk.canChange} data-testid={`detections.on.${detector.name}`}
        onChange={(event) => desk.set('off', event.currentTarget.checked ? off.filter((each) => each !== detector.name) : [...off, detector.name])} />
    }>
      <p className="soft">{detector.meaning}</p>
      {first.length > 0 && (
        <div className="settings-grid">
          {first.map((name) => {
            const Special = special[name];
            return Special ? <Special key={name} desk={desk} /> : <SettingField key={name} desk={desk} name={name} />;
          })}
        </div>
      )}
      {shared.length > 0 && <p className="soft small">Judged by the score of impossible travel, with its settings.</p>}
      {detector.settings.length === 0 && <p className="soft small">Nothing to set: exceptions and the alert frequency hold here too.</p>}
    </Card>
  );
}

const empty = { user: '*', rule: '*', from: '*', since: '', until: '', owner: '', reason: '' };

// Whom no rule speaks of, until when.
function Exceptions({ desk, rules }: { desk: Desk; rules: { value: string; label: string }[] }) {
  const [made, setMade] = useState(empty);
  const [problem, setProblem] = useState('');
  const list = valueOf(desk, 'exceptions') as string[];
  const setting = desk.settings.get('exceptions')!;
  const today = new Date().toISOString().slice(0, 10);
  const field = (name: keyof typeof empty, text: string, hint?: string, type = 'text') => (
    <TextInput label={text} description={hint} type={type} value={made[name]} data-testid={`detections.exception.${name}`} onChange={(event) => setMade({ ...made, [name]: event.currentTarget.value })} />
  );
  const add = () => {
    const parts = [made.user, made.rule, made.from, made.since ? `${made.since}..${made.until}` : made.until, made.owner, made.reason].map((part) => part.trim());
    if (parts.some((part) => part === '') || !made.until) return setProblem('Each exception needs an end, an owner and a reason.');
    if (parts.some((part) => part.includes(';'))) return setProblem('A semicolon cannot be part of it.');
    setProblem('');
    setMade(empty);
    desk.set('exceptions', [...list, parts.join('; ')]);
  };
  return (
    <Card title="Allow list" testid="detections.exceptions">
      <p className="soft">{meaningOf(setting)}. Each has an owner, a reason and an end; a journey is one with two dates.</p>
      {list.length > 0 && (
        <table className="rows compact">
          <thead><tr><th>Who</th><th>Rule</th><th>From</th><th>Until</th><th>Owner</th><th>Reason</th><th><span className="only-read">Actions</span></th></tr></thead>
          <tbody>
            {list.map((line) => {
              const parts = line.split(';').map((part) => part.trim());
              const end = (parts[3] ?? '').slice(-10);
              return (
                <tr key={line}>
                  {parts.slice(0, 3).map((part, i) => <td key={i}>{part === '*' ? <span className="soft">any</span> : <Field value={part} />}</td>)}
                  <td>{parts[3]} {end <= today && <strong>(over)</strong>}</td>
                  <td><Field value={parts[4] ?? ''} /></td>
                  <td className="wide"><Field value={parts[5] ?? ''} /></td>
                  <td><Button size="compact-xs" variant="default" disabled={!desk.canChange} aria-label={`Remove ${line}`} onClick={() => desk.set('exceptions', list.filter((each) => each !== line))}>Remove</Button></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Where desk={desk} setting={setting} />
      {desk.errors.exceptions && <Alert color="red" variant="outline" role="alert">{desk.errors.exceptions}</Alert>}
      {desk.canChange && (
        <form className="settings-grid" onSubmit={(event) => {
          event.preventDefault();
          add();
        }}>
          {field('user', 'Who', 'a name, an object id, or * for everybody')}
          <Select label="Rule" description="one, or all of them" data={[{ value: '*', label: 'All rules' }, ...rules]} value={made.rule} allowDeselect={false} onChange={(rule) => rule && setMade({ ...made, rule })} data-testid="detections.exception.rule" />
          {field('from', 'From', 'an address, a network, a country, or *')}
          {field('since', 'Begins', 'a journey; empty: at once', 'date')}
          {field('until', 'Ends', 'the first day on which it no longer holds', 'date')}
          {field('owner', 'Owner', 'who answers for it')}
          {field('reason', 'Reason')}
          <div className="setting-add"><Button type="submit" variant="default" data-testid="detections.exception.add">Add it</Button></div>
          {problem && <p role="alert" className="bad-line">{problem}</p>}
        </form>
      )}
    </Card>
  );
}

function Effect({ report, titles }: { report: Schemas['DetectionPreview']; titles: Map<string, string> }) {
  const sum = (of: 'now' | 'then') => report.rules.reduce((all, each) => all + each[of], 0);
  const turned = report.rules.filter((each) => each.now !== each.then);
  const list = (alerts: Schemas['PreviewedAlert'][], text: string) =>
    alerts.length > 0 && (
      <>
        <h3>{text}</h3>
        <ul className="plain">
          {alerts.map((alert, i) => <li key={i}><When time={alert.time} /> <Field value={alert.title} most={90} /></li>)}
        </ul>
      </>
    );
  if (report.events === 0) return <p data-testid="detections.effect">Nothing is stored yet of people&apos;s sign-ins, so there is no effect to show.</p>;
  return (
    <div data-testid="detections.effect">
      <p>
        <strong>Would have alerted {counted(sum('then'), 'time')} in the last {report.days} days</strong>, with the settings as they are {sum('now')}.
        {' '}{turned.map((each) => `${titles.get(each.rule) ?? each.rule}: ${each.now} → ${each.then}`).join('; ')}
      </p>
      <p className="soft small">
        {report.events.toLocaleString()} stored sign-ins and changes were judged; people were learned from {report.learned_days} days before.
        {report.is_cut && ' More is stored than could be looked at: older days were left out.'}
        {report.learned_days < 14 && ' With so few days much is still new for people, so alerts about places are fewer than later.'}
      </p>
      {list(report.added, 'More than now')}
      {list(report.removed, 'No more')}
    </div>
  );
}

function Changes({ desk, version, titles, clear, setErrors, setEffect }: { desk: Desk; version: number; titles: Map<string, string>; clear: () => void; setEffect: (effect: Schemas['DetectionPreview'] | undefined) => void; setErrors: (errors: Errors) => void }) {
  const client = useQueryClient();
  const stop = useRef<AbortController>(undefined);
  const names = Object.keys(desk.draft);
  const [told_, setTold] = useState('');
  // Refusals name their settings; the words stand beside the fields.
  const take = async <T,>(call: Promise<{ data?: T; error?: unknown; response: Response }>) => {
    const answer = await call;
    const problems = (answer.error as Schemas['SettingsProblem'] | undefined)?.problems ?? [];
    const named = Object.fromEntries(problems.filter((each) => each.setting).map((each) => [each.setting, each.message]));
    setErrors(named);
    setTold(problems.find((each) => !each.setting)?.message ?? '');
    const first = Object.keys(named)[0];
    if (first) document.querySelector<HTMLElement>(`[data-setting="${first}"] input`)?.focus();
    return problems.length > 0 ? undefined : must(Promise.resolve(answer));
  };
  const save = useMutation({
    mutationFn: async () => {
      const wrong = names.flatMap((name) => {
        const problem = problemWith(desk.settings.get(name)!, desk.draft[name]!);
        return problem ? [[name, problem] as const] : [];
      });
      if (wrong.length > 0) {
        setErrors(Object.fromEntries(wrong));
        document.querySelector<HTMLElement>(`[data-setting="${wrong[0]![0]}"] input`)?.focus();
        return;
      }
      const back: Draft = Object.fromEntries(names.map((name) => {
        const setting = desk.settings.get(name)!;
        return [name, setting.changed ? setting.value : null];
      }));
      const saved = await take(api.PUT('/api/v1/detections', { body: { version, settings: desk.draft } }));
      if (!saved) return client.invalidateQueries({ queryKey: ['detections'] });
      client.setQueryData(detections.queryKey, saved);
      clear();
      told(`Saved: ${names.map(label).join(', ')}. It holds at once.`, () => {
        void must(api.PUT('/api/v1/detections', { body: { version: saved.version, settings: back } })).then((undone) => client.setQueryData(detections.queryKey, undone), failed);
      });
    },
  });
  const preview = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController();
      return take(api.POST('/api/v1/detections/preview', { body: { settings: desk.draft, days }, signal: stop.current.signal }));
    },
    onSuccess: setEffect,
  });
  const cancel = () => {
    stop.current?.abort();
    preview.reset();
    void api.DELETE('/api/v1/detections/preview');
  };
  return (
    <section className="card changes" aria-label="Changes" data-testid="detections.changes">
      <div className="changes-line">
        <span aria-live="polite">{names.length === 0 ? 'Nothing is changed.' : <><strong>{names.length} not saved</strong>: {names.map(label).join(', ')}</>}</span>
        <div className="form-end">
          {preview.isPending
            ? <Button size="xs" variant="default" onClick={cancel} data-testid="detections.preview.cancel">Cancel the preview</Button>
            : <Button size="xs" variant="default" onClick={() => preview.mutate()} data-testid="detections.preview">Effect on the last {days} days</Button>}
          <Button size="xs" variant="default" disabled={names.length === 0} onClick={clear} data-testid="detections.undo">Undo all</Button>
          <Button size="xs" loading={save.isPending} disabled={names.length === 0} onClick={() => save.mutate()} data-testid="detections.save">Save</Button>
        </div>
      </div>
      {told_ && <Alert color="red" variant="outline" role="alert">{told_}</Alert>}
      {save.isError && <Alert color="red" variant="outline" role="alert">{save.error.message}</Alert>}
      {preview.isPending && <Loading rows={2} />}
      {preview.isError && preview.error.name !== 'AbortError' && !stop.current?.signal.aborted && <Alert color="red" variant="outline" role="alert">{preview.error.message}</Alert>}
      {preview.data && <Effect report={preview.data} titles={titles} />}
    </section>
  );
}

export default function Detections() {
  const me = useQuery(session).data;
  const all = useQuery(detections);
  const [draft, setDraft] = useState<Draft>({});
  const [errors, setErrors] = useState<Errors>({});
  const [effect, setEffect] = useState<Schemas['DetectionPreview']>();
  if (!all.data)
    return (
      <Page title="Detections" testid="detections.page">
        {all.isError ? <Failed error={all.error} retry={() => void all.refetch()} /> : <Loading />}
      </Page>
    );
  const settings = new Map(all.data.settings.map((each) => [each.name, each]));
  const canChange = me?.role === 'admin';
  const set = (name: string, value: Value | null | undefined) => {
    const { [name]: _, ...others } = draft;
    const { [name]: __, ...right } = errors;
    const setting = settings.get(name)!;
    const isAsItIs = value === undefined || (value === null ? !setting.changed : same(value, setting.value));
    setDraft(isAsItIs ? others : { ...others, [name]: value });
    setEffect(undefined);
    const problem = isAsItIs ? undefined : problemWith(setting, value);
    setErrors(problem ? { ...right, [name]: problem } : right);
  };
  const desk: Desk = { settings, draft, errors, canChange, set, groups: all.data.groups, effect };
  const shownOnce = new Set<string>(general);
  const titles = new Map(all.data.detectors.map((each) => [each.name, each.title]));
  return (
    <Page title="Detections" note={`${all.data.detectors.length} for the people of Microsoft 365 tenants`} testid="detections.page">
      {!canChange && <Empty title="To look at.">Administrators change these settings. Your role is {me?.role}.</Empty>}
      {me && roles.indexOf(me.role) >= 1 && (
        <Changes desk={desk} version={all.data.version} titles={titles} setErrors={setErrors} setEffect={setEffect} clear={() => {
          setDraft({});
          setErrors({});
        }} />
      )}
      <Card title="For all of them" testid="detections.general">
        <div className="settings-grid">{general.map((name) => <SettingField key={name} desk={desk} name={name} />)}</div>
        <p className="soft small setting-note">What is changed here wins over the settings file, is kept in the data folder, and is in the audit log. It holds at once, also for the sign-ins of the last hours that late records may still change.</p>
      </Card>
      {all.data.detectors.map((detector) => {
        const first = detector.settings.filter((name) => !shownOnce.has(name));
        for (const name of first) shownOnce.add(name);
        return <Detector key={detector.name} desk={desk} detector={detector} first={first} />;
      })}
      <Exceptions desk={desk} rules={all.data.detectors.map((each) => ({ value: each.name, label: each.title }))} />
      <HostDetections isAdmin={canChange} />
    </Page>
  );
}

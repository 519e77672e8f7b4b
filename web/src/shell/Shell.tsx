import { ActionIcon, Button, Menu, Modal, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { api, must, type Schemas } from '../api/client';
import { incidents, ready } from '../api/queries';
import { whenIdle } from '../parts/idle';
import { Loading } from '../parts/states';
import { failed, undoLast } from '../parts/undo';
import { IconMoon, IconSun } from './icons';
import { groups } from './links';
import { useLive } from './live';

// After the first screen: nobody presses a key before that.
const Palette = lazy(() => import('./Palette').then((made) => ({ default: made.Palette })));

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const [isDark, setDark] = useState(
    () => document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark',
  );
  const change = () => {
    setColorScheme(isDark ? 'light' : 'dark');
    setDark(!isDark);
  };
  return (
    <ActionIcon variant="default" size={32} onClick={change} aria-label={isDark ? 'Use the light theme' : 'Use the dark theme'}>
      {isDark ? <IconSun size={17} /> : <IconMoon size={17} />}
    </ActionIcon>
  );
}

function Health() {
  const live = useLive();
  const { data, isError } = useQuery(ready);
  const reasons = isError ? ['Vedette does not answer'] : (data?.reasons ?? []);
  const word = isError ? 'Not reached' : reasons.length > 0 ? 'Needs attention' : live === 'live' ? 'Live' : 'Reconnecting';
  const kind = word === 'Live' ? 'ok' : word === 'Reconnecting' ? 'wait' : 'bad';
  return (
    <Link to="/sources" className={`health health-${kind}`} title={reasons.join('\n') || 'Sources and their health'} data-testid="shell.live">
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
        {kind === 'ok' ? <circle cx="6" cy="6" r="5" fill="currentColor" /> : kind === 'wait' ? <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="2" /> : <path d="M6 0 12 12H0z" fill="currentColor" />}
      </svg>
      {word}
    </Link>
  );
}

const keys: [string, string][] = [
  ['?', 'this list'],
  ['Ctrl K', 'go to a page, an incident, an address'],
  ['g, then a letter', 'go to: o Overview, i Incidents, a Alerts, l Logs, h Hunt, d Detections, u Policies, s Sources, y Settings'],
  ['/', 'filter'],
  ['j  k', 'next, previous row'],
  ['Enter', 'open the row'],
  ['x', 'in the lists: select the row; with rows selected, a o c work on them'],
  ['a  o  c  m', 'in an incident: acknowledge, own, close, comment'],
  ['z', 'undo'],
];

function useKeys(showHelp: () => void) {
  const navigate = useNavigate();
  const afterG = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, [contenteditable], [role=textbox], [role=dialog]')) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (Date.now() - afterG.current < 1500) {
        afterG.current = 0;
        const link = groups.flatMap((group) => [...group.links]).find((each) => each.key === event.key);
        if (link) void navigate({ to: link.to });
        event.stopImmediatePropagation();
        return;
      }
      if (event.key === 'g') afterG.current = Date.now();
      else if (event.key === '?') showHelp();
      else if (event.key === 'z') undoLast();
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]');
        if (filter) {
          event.preventDefault();
          filter.focus();
        }
      } else if (event.key === 'j' || event.key === 'k') {
        const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
        const at = rows.indexOf(document.activeElement as HTMLElement);
        const next = at < 0 ? 0 : Math.min(Math.max(at + (event.key === 'j' ? 1 : -1), 0), rows.length - 1);
        rows[next]?.focus();
      }
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  }, [navigate, showHelp]);
}

// True once the first screen is drawn.
function useIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true)), []);
  return isIdle;
}

export function Shell({ session }: { session: Schemas['Session'] }) {
  const client = useQueryClient();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isIdle = useIdle();
  const [isHelp, setHelp] = useState(false);
  const [showHelp] = useState(() => () => setHelp(true));
  useKeys(showHelp);
  const open = useQuery(incidents(true));
  const fresh = open.data?.rows.filter((row) => row.status === 'New').length ?? 0;
  const leave = useMutation({
    mutationFn: () => must(api.DELETE('/api/v1/session')),
    onSuccess: () => {
      client.clear();
      location.assign('/login');
    },
    onError: failed,
  });
  return (
    <div className="shell">
      <a className="skip" href="#main">Skip to the page</a>
      <header className="top">
        <Link to="/" className="brand" aria-label="Vedette, overview">
          <img src="/icon.svg" width="24" height="24" alt="" />
          <span>Vedette</span>
        </Link>
        <div className="top-space" />
        <Button variant="default" size="xs" h={32} onClick={() => spotlight.open()} className="jump" data-testid="shell.jump">Go to{'\u2026'} <kbd>Ctrl K</kbd></Button>
        <Health />
        <ThemeSwitch />
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <Button variant="default" size="xs" h={32} data-testid="shell.me">{session.name}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{session.name}, {session.role}</Menu.Label>
            <Menu.Item component={Link} to="/settings/me">Password</Menu.Item>
            <Menu.Item onClick={showHelp}>Keys</Menu.Item>
            <Menu.Divider />
            <Menu.Item onClick={() => leave.mutate()} data-testid="shell.leave">Log out</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      <nav className="side" aria-label="Main">
        {groups.map((group) => (
          <div key={group.name} className="side-group">
            <p className="side-name">{group.name}</p>
            {group.links.map((link) => {
              const isHere = link.to === '/' ? path === '/' : path.startsWith(link.to);
              return (
                <Link key={link.to} to={link.to} className={isHere ? 'side-link here' : 'side-link'} aria-current={isHere ? 'page' : undefined} title={`${link.label} (g ${link.key})`}>
                  <link.icon size={18} aria-hidden="true" />
                  <span>{link.label}</span>
                  {link.to === '/incidents' && fresh > 0 && <span className="side-count" aria-label={`${fresh} new`}>{fresh}</span>}
                </Link>
              );
            })}
          </div>
        ))}
        <p className="side-version">Vedette {session.version}</p>
      </nav>
      <main id="main" tabIndex={-1}>
        {session.simulated && (
          <p className="simulated" role="note" data-testid="shell.simulated"><strong>Simulated data.</strong> Nothing here is real. {session.role === 'admin' && <Link to="/settings/$part" params={{ part: 'connections' }}>End it</Link>}</p>
        )}
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      {isIdle && <Suspense fallback={null}><Palette /></Suspense>}
      <Modal opened={isHelp} onClose={() => setHelp(false)} title="Keys">
        <dl className="keys">
          {keys.map(([key, what]) => (
            <div key={key}>
              <dt><kbd>{key}</kbd></dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </div>
  );
}

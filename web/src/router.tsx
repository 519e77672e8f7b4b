import { useQuery } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Problem } from './api/client';
import { session, setupState } from './api/queries';
import { LogIn } from './pages/LogIn';
import { MustEnrol } from './pages/SecondFactor';
import { Setup } from './pages/Setup';
import { logSearch, text } from './pages/logs/question';
import { pages } from './pages';
import { Empty, Failed, Loading } from './parts/states';
import { Shell } from './shell/Shell';

// Who is not logged in sees the log-in; before there is anybody, the set-up.
function Inside() {
  const [isOut, setOut] = useState(false);
  useEffect(() => {
    const out = () => setOut(true);
    addEventListener('vedette:logged-out', out);
    return () => removeEventListener('vedette:logged-out', out);
  }, []);
  const href = useRouterState({ select: (state) => state.location.href });
  const navigate = useNavigate();
  const me = useQuery(session);
  const setup = useQuery({ ...setupState, enabled: me.isError });
  // Once, with the place that was wanted: the way there changes the place.
  const isStranger = me.error instanceof Problem && me.error.status === 401 && setup.isSuccess;
  const isNew = setup.data?.needed === true;
  const wanted = useRef(href);
  useEffect(() => {
    if (!isStranger) return;
    if (isNew) void navigate({ to: '/setup', replace: true });
    else void navigate({ to: '/login', search: wanted.current === '/' ? {} : { to: wanted.current }, replace: true });
  }, [isStranger, isNew, navigate]);
  if (me.isPending) return <Loading rows={1} />;
  if (me.isError) {
    const isUnknown = me.error instanceof Problem && me.error.status === 401;
    if (!isUnknown) return <div className="alone"><Failed error={me.error} retry={() => void me.refetch()} /></div>;
    return <Loading rows={1} />;
  }
  if (me.data.must_enrol) return <MustEnrol />;
  return (
    <>
      <Shell session={me.data} />
      {isOut && <LogIn over onDone={() => setOut(false)} />}
    </>
  );
}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <Empty title="There is no such page">
      <a href="/">Go to the overview</a>
    </Empty>
  ),
});
const setup = createRoute({ getParentRoute: () => root, path: '/setup', component: Setup });
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search): { to?: string } => ({ to: text(search.to) }),
  component: () => <LogIn />,
});
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Inside });
const overview = createRoute({ getParentRoute: () => inside, path: '/', component: lazyRouteComponent(pages.overview) });
const incidents = createRoute({
  getParentRoute: () => inside,
  path: '/incidents',
  validateSearch: (search): { view?: string; severity?: string; q?: string } => ({
    view: text(search.view),
    severity: text(search.severity),
    q: text(search.q),
  }),
  component: lazyRouteComponent(pages.incidents),
});
const incident = createRoute({ getParentRoute: () => inside, path: '/incidents/$id', component: lazyRouteComponent(pages.incident) });
const alerts = createRoute({
  getParentRoute: () => inside,
  path: '/alerts',
  validateSearch: (search): { group?: string; q?: string; t?: string } => ({
    group: text(search.group),
    q: text(search.q),
    t: text(search.t),
  }),
  component: lazyRouteComponent(pages.alerts),
});
const logs = createRoute({
  getParentRoute: () => inside,
  path: '/logs',
  validateSearch: logSearch,
  component: lazyRouteComponent(pages.logs),
});
export interface HuntSearch {
  q?: string; // the query
  t?: string;
  on?: string; // where, when not here
  now?: string; // what its now() was
  rows?: string; // the fingerprint of the answer that was shared
}
const hunt = createRoute({
  getParentRoute: () => inside,
  path: '/hunt',
  validateSearch: (search): HuntSearch => ({
    q: text(search.q),
    t: text(search.t),
    on: text(search.on),
    now: text(search.now),
    rows: text(search.rows),
  }),
  component: lazyRouteComponent(pages.hunt),
});
const detections = createRoute({ getParentRoute: () => inside, path: '/detections', component: lazyRouteComponent(pages.detections) });
const policies = createRoute({ getParentRoute: () => inside, path: '/policies', component: lazyRouteComponent(pages.policies) });
const sources = createRoute({ getParentRoute: () => inside, path: '/sources', component: lazyRouteComponent(pages.sources) });
const welcome = createRoute({ getParentRoute: () => inside, path: '/welcome', component: lazyRouteComponent(pages.welcome) });
const settings = createRoute({ getParentRoute: () => inside, path: '/settings', component: () => <Navigate to="/settings/$part" params={{ part: 'users' }} /> });
const settingsPart = createRoute({ getParentRoute: () => inside, path: '/settings/$part', component: lazyRouteComponent(pages.settings) });

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    login,
    inside.addChildren([overview, incidents, incident, alerts, logs, hunt, detections, policies, sources, welcome, settings, settingsPart]),
  ]),
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error }) => <Failed error={error} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

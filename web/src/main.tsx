import './trust';
import './mantine';
import './tokens.css';
import './app.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { leaveFirst } from './api/begun';
import { Problem } from './api/client';
import { incidents, logs, session } from './api/queries';
import { needsIncidents, rowsNeeded } from './first';
import { pageAt } from './pages';
import { router } from './router';
import { theme, variables } from './theme';

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
setNonce(nonce);

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      structuralSharing: false,
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

function draw() {
  const place = document.getElementById('root');
  if (place)
    createRoot(place).render(
      <MantineProvider theme={theme} cssVariablesResolver={variables} getStyleNonce={() => nonce} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>,
    );
}

// With the first page's file and who asks, both of which are on their way (early.ts): drawn before, React
// would hold the page back for 300 ms behind what it showed in its place. A slow line sees that place. Rows
// are in what is drawn first when they have come, and are not waited for.
const shownInsteadMs = 300;
const { pathname, search } = location;
if (needsIncidents(pathname)) void client.prefetchQuery(incidents(true));
const rows = rowsNeeded(pathname, search);
if (rows) void client.prefetchQuery(logs(rows));
else leaveFirst();
const there = Promise.allSettled([router.load(), pageAt(pathname) && client.prefetchQuery(session)]);
void Promise.race([there, new Promise((done) => setTimeout(done, shownInsteadMs))]).then(draw);

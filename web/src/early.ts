// Runs while the app is still being read: calls for the file of the first page, and asks what that page
// will ask, so that the answers are there when it can be drawn. A stranger is told 401, and then asked
// to log in by the app.
import { begin, first, pageOpened } from './api/begun';
import { firstQuestion, logSearch } from './pages/logs/question';
import { pageAt } from './pages';

// As the router reads an address: JSON, or else words.
function readSearch(search: string): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    try {
      read[name] = JSON.parse(value);
    } catch {
      read[name] = value;
    }
  }
  return read;
}

const page = pageAt(location.pathname);
if (page) {
  begin(first.session);
  if (location.pathname === '/') begin(first.openIncidents);
  if (location.pathname === '/logs') begin(first.logs, firstQuestion(logSearch(readSearch(location.search)), pageOpened));
  page().catch(() => undefined); // the app says it, when it tries again
}

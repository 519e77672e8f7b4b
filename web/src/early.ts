// Runs while the app is still being read: calls for the file of the first page, and asks what that page
// will ask, so that the answers are there when it can be drawn. A stranger is told 401, and then asked
// to log in by the app.
import { begin, paths } from './api/begun';
import { needsIncidents, rowsNeeded } from './first';
import { pageAt } from './pages';

const page = pageAt(location.pathname);
if (page) {
  begin(paths.session);
  if (needsIncidents(location.pathname)) begin(paths.openIncidents);
  const rows = rowsNeeded(location.pathname, location.search);
  if (rows) begin(paths.logs, rows);
  page().catch(() => undefined); // the app says it, when it tries again
}

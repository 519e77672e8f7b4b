// What the first page cannot do without, by its address: asked before the app is there (early.ts), and taken
// up by the app before it is drawn (main.tsx).
import { pageOpened } from './api/begun';
import type { Question } from './api/queries';
import { firstQuestion, logSearch } from './pages/logs/question';

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

export const needsIncidents = (path: string) => path === '/';

export function rowsNeeded(path: string, search: string): Question | undefined {
  return path === '/logs' ? firstQuestion(logSearch(readSearch(search)), pageOpened) : undefined;
}

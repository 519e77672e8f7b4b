// The pages inside, each a file of its own that comes when somebody goes there. The first one is called
// for before the app is there (early.ts).
import type { ComponentType } from 'react';

type Page = () => Promise<{ default: ComponentType }>;
type Name = 'overview' | 'incidents' | 'incident' | 'alerts' | 'logs' | 'hunt' | 'detections' | 'policies' | 'sources' | 'settings' | 'welcome';

export const pages: Record<Name, Page> = {
  overview: () => import('./pages/Overview'),
  incidents: () => import('./pages/Incidents'),
  incident: () => import('./pages/Incident'),
  alerts: () => import('./pages/Alerts'),
  logs: () => import('./pages/Logs'),
  hunt: () => import('./pages/Hunt'),
  detections: () => import('./pages/Detections'),
  policies: () => import('./pages/Policies'),
  sources: () => import('./pages/Sources'),
  settings: () => import('./pages/Settings'),
  welcome: () => import('./pages/Welcome'),
};

// Undefined for an address of no page of these.
export function pageAt(path: string): Page | undefined {
  const [first = '', second] = path.split('/').filter(Boolean);
  if (first === '') return pages.overview;
  if (first === 'incidents' && second !== undefined) return pages.incident;
  return Object.hasOwn(pages, first) && first !== 'overview' && first !== 'incident' ? pages[first as Name] : undefined;
}

import {
  IconAdjustments,
  IconAlertTriangle,
  IconBell,
  IconDatabaseSearch,
  IconHome,
  IconPlugConnected,
  IconSettings,
  IconShieldLock,
  IconZoom,
} from './icons';

// The places of the app; each has a key after `g`.
export const groups = [
  {
    name: 'Watch',
    links: [
      { to: '/', label: 'Overview', key: 'o', icon: IconHome },
      { to: '/incidents', label: 'Incidents', key: 'i', icon: IconAlertTriangle },
      { to: '/alerts', label: 'Alerts', key: 'a', icon: IconBell },
    ],
  },
  { name: 'Look', links: [
    { to: '/logs', label: 'Logs', key: 'l', icon: IconDatabaseSearch },
    { to: '/hunt', label: 'Hunt', key: 'h', icon: IconZoom },
  ] },
  {
    name: 'Shape',
    links: [
      { to: '/detections', label: 'Detections', key: 'd', icon: IconAdjustments },
      { to: '/policies', label: 'Policies', key: 'u', icon: IconShieldLock },
    ],
  },
  {
    name: 'Run',
    links: [
      { to: '/sources', label: 'Sources', key: 's', icon: IconPlugConnected },
      { to: '/settings', label: 'Settings', key: 'y', icon: IconSettings },
    ],
  },
] as const;

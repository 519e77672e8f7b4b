// Tabs with what was typed, kept in this browser for the person, so that nothing typed is lost with the
// page; answers are not kept.
import { useEffect, useState } from 'react';

export interface Tab {
  id: string;
  name: string;
  text: string;
}

export const tabsMax = 20;
const textMax = 100_000;

const keyOf = (person: string) => `vedette hunts ${person}`;
export const newTab = (name: string, text = ''): Tab => ({ id: crypto.randomUUID(), name, text });

function read(person: string): Tab[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(person)) ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.filter((each): each is Tab => typeof each?.id === 'string' && typeof each?.name === 'string' && typeof each?.text === 'string').slice(0, tabsMax);
  } catch {
    return []; // another version's
  }
}

export function useTabs(person: string) {
  const [tabs, setTabs] = useState<Tab[]>(() => {
    const kept = read(person);
    return kept.length > 0 ? kept : [newTab('Hunt 1')];
  });
  const [active, setActive] = useState(() => tabs[0]?.id ?? '');
  useEffect(() => {
    const timer = setTimeout(() => {
      try {
        localStorage.setItem(keyOf(person), JSON.stringify(tabs.map((tab) => ({ ...tab, text: tab.text.slice(0, textMax) }))));
      } catch {
        // no room in this browser: the page works all the same
      }
    }, 300);
    return () => clearTimeout(timer);
  }, [tabs, person]);
  const here = tabs.find((tab) => tab.id === active) ?? tabs[0] ?? newTab('Hunt 1');
  const open = (name: string, text: string) => {
    const known = tabs.find((tab) => tab.text.trim() === text.trim());
    if (known) return setActive(known.id);
    const isBlank = here.text.trim() === '';
    const tab = newTab(name, text);
    setTabs((was) => (isBlank ? was.map((each) => (each.id === here.id ? tab : each)) : [...was, tab].slice(-tabsMax)));
    setActive(tab.id);
  };
  const add = () => {
    const numbers = tabs.map((tab) => Number(/^Hunt (\d+)$/.exec(tab.name)?.[1] ?? 0));
    const tab = newTab(`Hunt ${Math.max(0, ...numbers) + 1}`);
    setTabs((was) => [...was, tab].slice(-tabsMax));
    setActive(tab.id);
  };
  const close = (id: string) => {
    const at = tabs.findIndex((tab) => tab.id === id);
    const rest = tabs.filter((tab) => tab.id !== id);
    const left = rest.length > 0 ? rest : [newTab('Hunt 1')];
    setTabs(left);
    if (id === here.id) setActive(left[Math.min(at, left.length - 1)]?.id ?? '');
  };
  const change = (id: string, part: Partial<Tab>) => setTabs((was) => was.map((tab) => (tab.id === id ? { ...tab, ...part } : tab)));
  return { tabs, here, open, add, close, change, go: setActive };
}

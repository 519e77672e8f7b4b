// Times as people read them, and the time range of the address bar: "24h", or "FROM..TO".

export interface Range {
  from: Date;
  to: Date;
  label: string;
}

const spans: Record<string, [number, string]> = {
  '1h': [1, 'Last hour'],
  '6h': [6, 'Last 6 hours'],
  '24h': [24, 'Last 24 hours'],
  '3d': [72, 'Last 3 days'],
  '7d': [168, 'Last 7 days'],
  '30d': [720, 'Last 30 days'],
  '365d': [8760, 'Last year'],
  all: [87_600, 'All time'], // ten years: no file is older than the first Vedette
};
export const rangeNames = Object.entries(spans).map(([value, [, label]]) => ({ value, label }));

export function rangeOf(text: string | undefined, now: Date): Range {
  const parts = text?.split('..') ?? [];
  if (parts.length === 2) {
    const [from, to] = parts.map((part) => new Date(part));
    if (from && to && !Number.isNaN(from.getTime()) && !Number.isNaN(to.getTime()) && from < to)
      return { from, to, label: `${utc(from)} to ${utc(to)}` };
  }
  const [hours, label] = spans[text ?? '24h'] ?? spans['24h'] ?? [24, 'Last 24 hours'];
  return { from: new Date(now.getTime() - hours * 3_600_000), to: now, label };
}

// A width of bars that gives between 20 and 60 of them, in seconds.
export function barSeconds(range: Range): number {
  const seconds = (range.to.getTime() - range.from.getTime()) / 1000;
  const widths = [10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800];
  return widths.find((width) => seconds / width <= 60) ?? 604800;
}

export function utc(date: Date): string {
  return date.toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

// 2 min ago, or the date: below an hour people want the age.
export function shortly(text: string, now: number): string {
  const date = new Date(text);
  const passed = now - date.getTime();
  return passed >= 0 && passed < 3_600_000 ? `${age(passed)} ago` : utc(date);
}

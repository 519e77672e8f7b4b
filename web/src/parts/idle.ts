// Runs something when the browser has time, and soon in any case; gives the way to call it off. Safari
// does not say when it has time.
const mostMs = 500;
const soonMs = 50;

export function whenIdle(run: () => void): () => void {
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(run, soonMs);
    return () => clearTimeout(timer);
  }
  const later = requestIdleCallback(run, { timeout: mostMs });
  return () => cancelIdleCallback(later);
}

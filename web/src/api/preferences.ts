// What a person keeps of the app, on the server, so that it is there on the phone too: saved views,
// and when they looked last.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, must } from './client';

export interface SavedView {
  name: string;
  search: Record<string, string>;
}
export interface Preferences {
  views?: Record<string, SavedView[]>; // by page
  seen?: string; // when the overview was looked at last
}

export const preferences = queryOptions({
  queryKey: ['preferences'],
  queryFn: async () => (await must(api.GET('/api/v1/preferences'))) as Preferences,
  staleTime: 60_000,
});

export function usePreferences() {
  const client = useQueryClient();
  const kept = useQuery(preferences);
  const keep = useMutation({
    mutationFn: async (change: (was: Preferences) => Preferences) => {
      // What another tab or device kept meanwhile stays.
      const was = await client.fetchQuery({ ...preferences, staleTime: 0 });
      const next = change(was);
      await must(api.PUT('/api/v1/preferences', { body: next as Record<string, never> }));
      return next;
    },
    onSuccess: (next) => client.setQueryData(preferences.queryKey, next),
  });
  return { kept: kept.data, keep };
}

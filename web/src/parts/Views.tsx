// Filters of a page under a name, to come back to; kept for the person, not for the browser.
import { Button, Menu, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { usePreferences, type SavedView } from '../api/preferences';
import { Field } from './Field';
import { failed, told } from './undo';

const viewsMax = 30;

interface Props {
  page: string;
  search: Record<string, string | undefined>;
  onOpen: (search: Record<string, string>) => void;
}

export function Views({ page, search, onOpen }: Props) {
  const { kept, keep } = usePreferences();
  const [isNaming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const views = kept?.views?.[page] ?? [];
  const here = Object.fromEntries(Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const set = (next: (was: SavedView[]) => SavedView[], said: string, back?: () => void) =>
    keep.mutate((was) => ({ ...was, views: { ...was.views, [page]: next(was.views?.[page] ?? []).slice(0, viewsMax) } }), { onSuccess: () => told(said, back), onError: failed });
  const add = (view: SavedView) => set((was) => [...was.filter((each) => each.name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name)), `Saved as "${view.name}"`);
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target><Button size="xs" variant="default" data-testid={`${page}.views`}>Views{views.length > 0 && ` (${views.length})`}</Button></Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>None saved yet</Menu.Label>}
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => onOpen(view.search)} data-testid={`${page}.views.open`}><Field value={view.name} most={40} /></Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setNaming(true)} disabled={views.length >= viewsMax} data-testid={`${page}.views.save`}>Save what is shown now</Menu.Item>
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => set((was) => was.filter((each) => each.name !== view.name), `"${view.name}" is deleted`, () => add(view))}>Delete <Field value={view.name} most={32} /></Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={isNaming} onClose={() => setNaming(false)} title="Save this view">
        <form className="form" onSubmit={(event) => {
          event.preventDefault();
          if (!name.trim()) return;
          add({ name: name.trim(), search: here });
          setName('');
          setNaming(false);
        }}>
          <TextInput label="Its name" data-autofocus maxLength={60} value={name} onChange={(event) => setName(event.currentTarget.value)} data-testid={`${page}.views.name`} />
          <div className="form-end">
            <Button variant="default" onClick={() => setNaming(false)}>Cancel</Button>
            <Button type="submit" loading={keep.isPending} data-testid={`${page}.views.do`}>Save</Button>
          </div>
        </form>
      </Modal>
    </>
  );
}

// Done at once, with a way back: a message with Undo, and the key z.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';

let last: { id: string; undo: () => void } | undefined;

export function told(message: string, undo?: () => void): void {
  const id = `told-${Date.now()}`;
  const back = () => {
    notifications.hide(id);
    last = undefined;
    undo?.();
  };
  last = undo && { id, undo: back };
  notifications.show({
    id,
    autoClose: undo ? 10_000 : 4_000,
    withCloseButton: true,
    message: (
      <span className="told" data-testid="told">
        {message}
        {undo && (
          <Button size="compact-xs" variant="default" onClick={back} data-testid="told.undo">
            Undo
          </Button>
        )}
      </span>
    ),
  });
}

export function failed(error: unknown): void {
  notifications.show({ color: 'red', autoClose: 8_000, title: 'Not done', message: error instanceof Error ? error.message : 'Something failed.' });
}

export function undoLast(): void {
  last?.undo();
}

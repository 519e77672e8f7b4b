// What is to be done about an incident, one by one, and who did it.
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type WholeIncident } from '../../api/client';
import { Field } from '../../parts/Field';
import { Card } from '../../parts/states';
import { failed } from '../../parts/undo';

export interface TaskWork {
  addTask: (text: string) => Promise<void>;
  finishTask: (number: number) => Promise<void>;
}

export function Tasks({ row, work, canWork }: { row: WholeIncident; work: TaskWork; canWork: boolean }) {
  const [text, setText] = useState('');
  const add = useMutation({ mutationFn: () => work.addTask(text), onSuccess: () => setText(''), onError: failed });
  const finish = useMutation({ mutationFn: (number: number) => work.finishTask(number), onError: failed });
  if (row.tasks.length === 0 && !canWork) return null;
  const left = row.tasks.filter((task) => !task.done).length;
  return (
    <Card title={left > 0 ? `Tasks (${left} to do)` : 'Tasks'} testid="incident.tasks">
      <ul className="tasks">
        {row.tasks.map((task) => (
          <li key={task.number}>
            <Checkbox checked={task.done !== null} disabled={!canWork || task.done !== null || finish.isPending} onChange={() => finish.mutate(task.number)}
              label={<><Field value={task.text} most={300} />{task.done_by && <span className="soft"> done by <Field value={task.done_by} most={40} /></span>}</>} data-testid={`incident.task.${task.number}`} />
          </li>
        ))}
      </ul>
      {canWork && (
        <form className="comment" onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) add.mutate();
        }}>
          <TextInput aria-label="Task" placeholder="What is to be done?" maxLength={400} value={text} onChange={(event) => setText(event.currentTarget.value)} data-testid="incident.task.text" />
          <Button type="submit" variant="default" loading={add.isPending} data-testid="incident.task.add">Add</Button>
        </form>
      )}
    </Card>
  );
}

// What cannot be taken back lightly: the exact calls, what they stop, what the guard says, and a
// text to be typed. Enter never confirms it.
import { Alert, Button, Modal, TextInput } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';

export interface ShownCall {
  when?: string;
  method: string;
  url: string;
  body: string;
  permission?: string;
}

export function Calls({ calls }: { calls: ShownCall[] }) {
  return (
    <ul className="calls" data-testid="confirm.calls">
      {calls.map((call, i) => (
        <li key={i}>
          {call.when && <span className="soft">{call.when}</span>}
          <code>{call.method} {call.url}{call.body && ` ${call.body}`}</code>
          {call.permission && <span className="soft small">needs {call.permission}</span>}
        </li>
      ))}
    </ul>
  );
}

interface Props {
  title: string;
  word: string; // what must be typed
  verb: string; // the button: "Approve disabling ada"
  calls: ShownCall[];
  children?: ReactNode;
  error?: string;
  isBusy: boolean;
  onDo: (typed: string) => void;
  onEnd: () => void;
  testid: string;
}

export function Confirm({ title, word, verb, calls, children, error, isBusy, onDo, onEnd, testid }: Props) {
  const [typed, setTyped] = useState('');
  const [isTried, setTried] = useState(false);
  const label = useId();
  const isRight = typed.trim() === word;
  return (
    <Modal opened onClose={onEnd} title={title} size="lg">
      <div className="form" data-testid={testid}>
        {calls.length > 0 && (
          <div>
            <p id={label} className="soft">What is sent to Microsoft Graph, once it is allowed:</p>
            <Calls calls={calls} />
          </div>
        )}
        {children}
        <TextInput
          label={<>Type <strong className="mono">{word}</strong></>}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={isTried && !isRight && 'That is not the text above.'}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          data-testid={`${testid}.typed`}
        />
        {error && <Alert color="red" variant="outline" role="alert">{error}</Alert>}
        <div className="form-end">
          <Button variant="default" onClick={onEnd}>Cancel</Button>
          <Button color="danger" loading={isBusy} data-testid={`${testid}.do`} onClick={() => {
            setTried(true);
            if (isRight) onDo(typed);
          }}>{verb}</Button>
        </div>
      </div>
    </Modal>
  );
}

// "What is the least I must do to see something true?" After the first administrator was made; each
// step can be left out, and comes back under Settings, Connections.
import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { Page } from '../parts/states';
import { ChannelPart, FilePart, MailPart, SimulationPart, TenantPart } from './connections/Parts';

const steps: { name: string; why: string; part: ReactNode }[] = [
  { name: 'Microsoft 365', why: 'Who logs in from where, and what is changed in the directory.', part: <TenantPart /> },
  { name: 'Mail', why: 'The server that takes our mails. Send yourself one before you save.', part: <MailPart /> },
  { name: 'Who is told', why: 'Mail addresses and chats that hear of incidents.', part: <ChannelPart /> },
  { name: 'Hosts and files', why: 'Log files with log-ins of Linux hosts.', part: <FilePart /> },
];

export default function Welcome() {
  const navigate = useNavigate();
  const [at, setAt] = useState(0);
  const step = steps[at];
  const isLast = at === steps.length - 1;
  return (
    <Page title="Set up Vedette" testid="welcome.page" note={`Step ${at + 1} of ${steps.length}; each can be left out`} tools={<Link to="/">Later</Link>}>
      <nav className="tabs" aria-label="Steps">
        {steps.map((each, i) => <button key={each.name} type="button" className={i === at ? 'tab here' : 'tab'} aria-current={i === at ? 'step' : undefined} onClick={() => setAt(i)}>{i + 1}. {each.name}</button>)}
      </nav>
      <p className="lead">{step?.why}</p>
      {step?.part}
      <div className="form-end">
        {at > 0 && <Button variant="default" onClick={() => setAt(at - 1)}>Back</Button>}
        <Button onClick={() => (isLast ? void navigate({ to: '/' }) : setAt(at + 1))} data-testid="welcome.next">{isLast ? 'Done: to the overview' : 'Next'}</Button>
      </div>
      {at === 0 && <SimulationPart />}
    </Page>
  );
}

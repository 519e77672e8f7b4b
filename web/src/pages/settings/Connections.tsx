// "What do we read, and whom can we tell?"
import { Link } from '@tanstack/react-router';
import { ChannelPart, FilePart, MailPart, SimulationPart, TenantPart } from '../connections/Parts';

export function Connections() {
  return (
    <div className="stack" data-testid="settings.connections">
      <p className="soft">What is connected here is kept beside the settings file and wins over it; Vedette begins again with it within seconds. <Link to="/welcome">Step by step</Link></p>
      <TenantPart />
      <MailPart />
      <ChannelPart />
      <FilePart />
      <SimulationPart />
    </div>
  );
}

// What an incident turned out to be, asked when it is closed.
import { Radio } from '@mantine/core';

export type Classification = 'TruePositive' | 'BenignPositive' | 'FalsePositive' | 'Undetermined';
export const classes: { value: Classification; label: string; what: string }[] = [
  { value: 'TruePositive', label: 'True positive', what: 'An attack, as it says.' },
  { value: 'BenignPositive', label: 'Benign positive', what: 'It happened, and was meant to: a test, an administrator.' },
  { value: 'FalsePositive', label: 'False positive', what: 'It did not happen, or the detector was wrong.' },
  { value: 'Undetermined', label: 'Undetermined', what: 'It cannot be found out.' },
];

export function ClassificationChoice({ value, onChange, error }: { value: Classification | null; onChange: (value: Classification) => void; error: boolean }) {
  return (
    <Radio.Group label="What was it?" value={value} onChange={(next) => onChange(next as Classification)} error={error && 'Say what it was.'}>
      <div className="choices">
        {classes.map((each) => (
          <Radio key={each.value} value={each.value} label={each.label} description={each.what} data-testid={`incident.close.${each.value.toLowerCase()}`} />
        ))}
      </div>
    </Radio.Group>
  );
}

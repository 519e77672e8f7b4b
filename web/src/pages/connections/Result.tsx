// What a test found: in the service's own words, with what to do.
import { Alert } from '@mantine/core';
import { Field } from '../../parts/Field';
import { StatusMark } from '../../parts/marks';
import { bytes } from '../settings/Retention';
import type { Tested } from './desk';

export function Result({ tested, testid }: { tested: Tested; testid: string }) {
  if (tested.features)
    return (
      <table className="rows compact" data-testid={testid}>
        <thead><tr><th>What</th><th>Verdict</th><th>Why, and what to do</th></tr></thead>
        <tbody>
          {tested.features.map((each) => (
            <tr key={each.feature}>
              <td><Field value={each.feature} /></td>
              <td><StatusMark status={each.verdict} /></td>
              <td className="wide">{each.words && <Field value={each.words} most={300} />} {each.remedy && <strong><Field value={each.remedy} most={300} /></strong>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    );
  if (tested.files)
    return tested.files.length === 0 ? (
      <Alert color="yellow" variant="outline" data-testid={testid} title="No such file now">It is read as soon as it is there.</Alert>
    ) : (
      <ul className="plain" data-testid={testid}>
        {tested.files.map((file) => <li key={file.path}><Field value={file.path} mono /> {bytes(file.bytes)} {file.is_readable ? 'can be read' : <strong>cannot be read by the service&apos;s user: put it into the group adm</strong>}</li>)}
      </ul>
    );
  return tested.delivered ? (
    <Alert color="green" variant="outline" data-testid={testid} title="Sent">
      The service there answered: <Field value={tested.answer} most={300} /> {tested.notice && <Field value={tested.notice} most={300} />}
    </Alert>
  ) : (
    <Alert color="red" variant="outline" data-testid={testid} title="Not sent">
      <Field value={tested.reason} most={400} /> {tested.answer && <>It answered: <Field value={tested.answer} most={300} />. </>}
      <strong><Field value={tested.remedy} most={400} /></strong>
    </Alert>
  );
}

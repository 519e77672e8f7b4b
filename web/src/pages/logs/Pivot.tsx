// Where else has this value been seen: every table, with the rows of it in this time.
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { literal } from '../../api/kql';
import { logs, objects } from '../../api/queries';
import { Field, plainText } from '../../parts/Field';
import { When } from '../../parts/marks';
import { Empty, Failed, Loading } from '../../parts/states';

export function Pivot({ value, t, from, to, onEnd }: { value: string; t: string | undefined; from: string; to: string; onEnd: () => void }) {
  const found = useQuery(logs({ query: `search ${literal(`*${value}*`)}\n| summarize Rows = count(), First = min(TimeGenerated), Last = max(TimeGenerated) by Table = $table\n| order by Rows desc`, from, to }));
  const rows = found.data ? objects(found.data) : [];
  return (
    <Modal opened onClose={onEnd} title={<>Where else is <Field value={value} most={50} mono /></>} size="lg">
      <div data-testid="logs.pivot">
        {found.isPending && <Loading />}
        {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
        {found.isSuccess && rows.length === 0 && <Empty title="Nowhere else, in this time." />}
        {rows.length > 0 && (
          <table className="rows compact">
            <thead><tr><th>Table</th><th className="number">Rows</th><th>First</th><th>Last</th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={plainText(row.Table)}>
                  <td className="wide"><Link to="/logs" search={{ table: plainText(row.Table), q: value, t }} onClick={onEnd} data-testid="logs.pivot.table"><Field value={row.Table} mono /></Link></td>
                  <td className="number">{Number(row.Rows).toLocaleString()}</td>
                  <td><When time={plainText(row.First)} /></td>
                  <td><When time={plainText(row.Last)} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p className="card-foot soft">See also <Link to="/incidents" search={{ q: value }} onClick={onEnd}>incidents about it</Link>.</p>
      </div>
    </Modal>
  );
}

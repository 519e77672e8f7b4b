// The one way in which text that an attacker may have written gets onto a page: a text node, apart
// from what is around it (bdi), controls and marks of direction shown as [U+202E], long ones cut in
// the middle until they are looked at. What is copied is exactly what was written.
import { memo, useState, type ReactNode } from 'react';

const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

export function shownParts(text: string): { text: string; isMark: boolean }[] {
  const parts: { text: string; isMark: boolean }[] = [];
  let done = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > done) parts.push({ text: text.slice(done, match.index), isMark: false });
    const code = match[0].codePointAt(0) ?? 0;
    parts.push({ text: `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`, isMark: true });
    done = match.index + match[0].length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), isMark: false });
  return parts;
}

function cut(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${characters.slice(0, half).join('')}\u2026${characters.slice(-half).join('')}`;
}

interface Props {
  value: unknown;
  most?: number;
  mono?: boolean;
}

export function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const Field = memo(function Field({ value, most = 80, mono = false }: Props): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const text = plainText(value);
  if (text === '') return <span className="missing" title="nothing here">{'\u2013'}</span>;
  const isLong = text.length > most;
  const parts = shownParts(isLong && !isWhole ? cut(text.slice(0, 20_000), most) : text.slice(0, 20_000));
  const show = () => setWhole(true);
  return (
    <bdi
      className={mono ? 'field mono' : 'field'}
      {...(isLong
        ? {
            role: 'button',
            tabIndex: 0,
            'aria-expanded': isWhole,
            onClick: () => setWhole((was) => !was),
            onKeyDown: (event: React.KeyboardEvent) => event.key === 'Enter' && show(),
          }
        : {})}
      onCopy={(event) => {
        if (String(getSelection()).length < parts.reduce((sum, part) => sum + part.text.length, 0)) return;
        event.clipboardData.setData('text/plain', text);
        event.preventDefault();
      }}
    >
      {parts.map((part, i) => (part.isMark ? <span key={i} className="mark">{part.text}</span> : part.text))}
    </bdi>
  );
});

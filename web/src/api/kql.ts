// KQL made from what people click: every value of a row passes `literal`, every name `name`.

// A string literal that ends where it should, whatever an attacker wrote into the row.
export function literal(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  let text = '"';
  for (const character of String(value)) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') text += `\\${character}`;
    else if (code < 32 || code === 127) text += `\\u${code.toString(16).padStart(4, '0')}`;
    else text += character;
  }
  return `${text}"`;
}

export function name(column: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(column) ? column : `[${literal(column)}]`;
}

export interface Filter {
  column: string;
  is: boolean; // false: is not
  value: string;
  type: string;
}

export function compared(filter: Filter): string {
  const left = name(filter.column);
  const sign = filter.is ? '==' : '!=';
  switch (filter.type) {
    case 'datetime':
      return `${left} ${sign} datetime(${/^[0-9T:.Z-]*$/.test(filter.value) ? filter.value : 'null'})`;
    case 'long':
    case 'int':
    case 'real':
      return `${left} ${sign} ${Number.isFinite(Number(filter.value)) ? filter.value : 'real(null)'}`;
    case 'bool':
      return `${left} ${sign} ${filter.value === 'true' ? 'true' : 'false'}`;
    case 'string':
      return `${left} ${sign} ${literal(filter.value)}`;
    default:
      return `tostring(${left}) ${sign} ${literal(filter.value)}`;
  }
}

// The rows that the filters and the text leave.
export function rowsOf(table: string, filters: Filter[], text: string): string {
  const lines = [name(table)];
  if (text.trim()) lines.push(`| search ${literal(`*${text.trim()}*`)}`, '| project-away ["$table"]');
  for (const filter of filters) lines.push(`| where ${compared(filter)}`);
  return lines.join('\n');
}

// A text of several queries with empty lines between them: which one is meant, what else it needs, and
// where a place in what was sent lies in the text.

export interface Block {
  start: number; // of its first character
  end: number; // after its last
  firstLine: number; // from 1
  lastLine: number;
}

export interface Piece {
  at: number; // in the text that is sent
  from: number; // in the whole text
  length: number;
  line: number; // of the whole text, from 1
}

export interface Sent {
  query: string;
  pieces: Piece[];
}

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  let open: Block | undefined;
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') open = undefined;
    else if (open) {
      open.end = at + line.length;
      open.lastLine = i + 1;
    } else {
      open = { start: at, end: at + line.length, firstLine: i + 1, lastLine: i + 1 };
      blocks.push(open);
    }
    at += line.length + 1;
  });
  return blocks;
}

// The one of that line; between two, the one above.
export function blockAt(blocks: Block[], line: number): Block | undefined {
  return blocks.findLast((block) => block.firstLine <= line) ?? blocks[0];
}

const withoutComments = (text: string) => text.replace(/^\s*\/\/.*$/gm, '').trim();
const onlyNames = (text: string) => /^(let|declare|alias|set)\b/.test(withoutComments(text)) && withoutComments(text).endsWith(';');

function joined(text: string, blocks: Block[], isAll: boolean): Sent {
  const sent: Sent = { query: '', pieces: [] };
  for (const block of blocks) {
    const own = text.slice(block.start, block.end);
    if (sent.query !== '') sent.query += '\n\n';
    sent.pieces.push({ at: sent.query.length, from: block.start, length: own.length, line: block.firstLine });
    sent.query += own;
    // Several queries of one text have semicolons between them.
    if (isAll && block !== blocks.at(-1) && !withoutComments(own).endsWith(';') && withoutComments(own) !== '') sent.query += '\n;';
  }
  return sent;
}

// The block at the line, with the `let` blocks above it.
export function blockToSend(text: string, line: number): Sent {
  const blocks = blocksOf(text);
  const wanted = blockAt(blocks, line);
  if (!wanted) return { query: '', pieces: [] };
  return joined(text, [...blocks.filter((block) => block.start < wanted.start && onlyNames(text.slice(block.start, block.end))), wanted], false);
}

export function allToSend(text: string): Sent {
  return joined(text, blocksOf(text), true);
}

// Spans are told in bytes.
function characterAt(text: string, bytes: number): number {
  const encoder = new TextEncoder();
  let passed = 0;
  let at = 0;
  for (const character of text) {
    if (passed >= bytes) break;
    passed += encoder.encode(character).length;
    at += character.length;
  }
  return at;
}

export interface Place {
  start: number;
  end: number;
}

const pieceAt = (sent: Sent, at: number) => sent.pieces.findLast((each) => each.at <= at) ?? sent.pieces[0];

// The line of the whole text, from 1.
export function lineOf(sent: Sent, startBytes: number): number {
  const start = characterAt(sent.query, startBytes);
  const piece = pieceAt(sent, start);
  return piece ? piece.line + sent.query.slice(piece.at, start).split('\n').length - 1 : 1;
}

// Where in the whole text a span of what was sent lies.
export function placeOf(sent: Sent, startBytes: number, lengthBytes: number): Place {
  const start = characterAt(sent.query, startBytes);
  const end = characterAt(sent.query, startBytes + lengthBytes);
  const piece = pieceAt(sent, start);
  if (!piece) return { start: 0, end: 0 };
  const from = piece.from + Math.min(start - piece.at, piece.length);
  return { start: from, end: Math.max(from, piece.from + Math.min(end - piece.at, piece.length)) };
}

// A line more in that block: before its `render`, if it has one.
export function placeOfNewLine(text: string, block: Block): number {
  const own = text.slice(block.start, block.end);
  const render = /\n[^\n]*\|\s*render\b[^\n]*$/.exec(own);
  const end = render ? block.start + render.index : block.end;
  return /;\s*$/.test(text.slice(block.start, end)) ? block.start + text.slice(block.start, end).lastIndexOf(';') : end;
}

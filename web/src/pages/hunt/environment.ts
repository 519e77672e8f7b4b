// What the editor finds when it loads: its workers, which are files of ours, and the one policy by
// which its markup passes. Must be imported before the editor is.
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';

interface Policy {
  createHTML: (text: string) => string;
  createScriptURL: (address: string) => string;
}
interface Factory {
  createPolicy: (name: string, rules: Policy) => Policy;
}

// Attributes of style are refused by our pages' policy; a style sheet that a script makes is not. So
// each style in the editor's markup becomes a rule there.
const rulesMax = 4_000;
const sheet = new CSSStyleSheet();
const kept = new Set<string>();
document.adoptedStyleSheets.push(sheet);

function keepRule(style: string): void {
  if (kept.has(style)) return;
  if (kept.size >= rulesMax) {
    // Lines that are scrolled past are gone; what is still shown is kept.
    const shown = new Set([...document.querySelectorAll('[data-s]')].map((each) => each.getAttribute('data-s') ?? ''));
    sheet.replaceSync('');
    kept.clear();
    for (const each of shown) if (kept.size < rulesMax / 2) keepRule(each);
  }
  kept.add(style);
  try {
    sheet.insertRule(`[data-s="${CSS.escape(style)}"]{${style}}`);
  } catch {
    // no style, or more than one: left out
  }
}

function decoded(text: string): string {
  return text.replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

function withoutStyles(markup: string): string {
  return markup.replace(/<[a-z][^>]*>/gi, (tag) =>
    tag.replace(/\sstyle="([^"]*)"/i, (_, style: string) => {
      keepRule(decoded(style));
      return ` data-s="${style}"`;
    }),
  );
}

const rules: Policy = {
  createHTML: withoutStyles,
  createScriptURL(address) {
    if (!new URL(address, location.href).href.startsWith(`${location.origin}/assets/`)) throw new TypeError('a script from elsewhere is refused');
    return address;
  },
};
const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy('monaco', rules) ?? rules;

(globalThis as { MonacoEnvironment?: object }).MonacoEnvironment = {
  createTrustedTypesPolicy: () => policy,
  getWorker: () => new EditorWorker(),
};

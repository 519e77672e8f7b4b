// What Microsoft's editor and its KQL need to be bundled for our pages: style elements with the page's
// nonce, the language service's scripts as modules, and names that the newer editor has no more.
import type { Plugin } from 'vite';

// Where they make a <style>; the build fails when a place has moved, since its style would be refused
// without a word.
const styleMakers = ['monaco-editor/esm/vs/base/browser/domStylesheets.js', 'monaco-editor/esm/vs/base/browser/ui/contextview/contextview.js', '@kusto/monaco-kusto/release/esm/languageFeatures.js'];
const makesStyle = /((?:const|var) style = document\.createElement\('style'\);)/;
const givesNonce = `$1 style.nonce = document.querySelector('meta[property="csp-nonce"]')?.nonce ?? '';`;

export function styleNonces(): Plugin {
  const changed = new Set<string>();
  return {
    name: 'style-nonces',
    transform(code, id) {
      const maker = styleMakers.find((each) => id.endsWith(each));
      if (!maker) return undefined;
      if (!makesStyle.test(code)) throw new Error(`${maker} no longer makes its <style> where it did`);
      changed.add(maker);
      return { code: code.replace(makesStyle, givesNonce), map: null };
    },
    buildEnd(error) {
      const missing = styleMakers.filter((each) => !changed.has(each));
      if (!error && missing.length > 0) throw new Error(`these were not found, their styles would be refused: ${missing.join(', ')}`);
    },
  };
}

// They are scripts that look for `module`, `define` and `process`, and hang their names on `this`.
export function languageScripts(): Plugin {
  return {
    name: 'language-scripts',
    transform(code, id) {
      if (!/@kusto\/language-service(-next)?\/[^?]*\.min\.js$/.test(id)) return undefined;
      return { code: `(function(module,exports,define,require,global,process){${code}\n}).call(globalThis);\nexport {};\n`, map: null };
    },
  };
}

export const editorNames = [
  { find: /^monaco-editor\/esm\/vs\/editor\/editor\.(api|worker)$/, replacement: 'monaco-editor/editor/editor.$1' },
];

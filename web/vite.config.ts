import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type Rolldown } from 'vite';
import { editorNames, languageScripts, styleNonces } from './monaco.ts';
import { stylesOfParts } from './styles.ts';
import { worldMap } from './world.ts';

// What a first download may have; all pages together still fit into it, but for the editor, which comes
// when somebody hunts, and for which there is a bound of its own.
const initialBytesMax = 600_000;
const editorBytesMax = 3_000_000;
const editorModule = '/src/pages/hunt/monaco.ts';

const isChunk = (file: Rolldown.OutputChunk | Rolldown.OutputAsset | undefined): file is Rolldown.OutputChunk => file?.type === 'chunk';

const isTheme = (file: Rolldown.OutputChunk | Rolldown.OutputAsset) => file.type === 'asset' && file.names.includes('start.js');

// The files that pages need without the editor.
function withoutEditor(bundle: Rolldown.OutputBundle): Set<string> {
  const found = new Set<string>();
  const wanted = Object.values(bundle).filter((file) => (isChunk(file) ? file.isEntry : isTheme(file))).map((file) => file.fileName);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const file = bundle[name];
    if (found.has(name) || (isChunk(file) && file.facadeModuleId?.endsWith(editorModule))) continue;
    found.add(name);
    if (!isChunk(file)) continue;
    wanted.push(...file.imports, ...file.dynamicImports);
    for (const style of file.viteMetadata?.importedCss ?? []) found.add(style);
  }
  return found;
}

// A compressed copy beside each file, so that the program need not compress; more than a
// first download may have fails the build.
function compressed(): Plugin {
  let folder = '';
  let initial = new Set<string>();
  return {
    name: 'compressed-copies',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    generateBundle(_, bundle) {
      initial = withoutEditor(bundle);
    },
    closeBundle() {
      let bytes = 0;
      let editorBytes = 0;
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of files.filter((file) => /\.(js|css|svg|json|ttf)$/.test(file))) {
        const content = readFileSync(join(folder, name));
        const packed = gzipSync(content, { level: 9 });
        if (content.length > 1024) writeFileSync(join(folder, `${name}.gz`), packed);
        if (initial.has(name) || !name.startsWith('assets/')) bytes += packed.length;
        else editorBytes += packed.length;
      }
      if (bytes > initialBytesMax) throw new Error(`all of the app is ${bytes} bytes packed, more than a first download may have (${initialBytesMax})`);
      if (editorBytes > editorBytesMax) throw new Error(`the editor is ${editorBytes} bytes packed, more than it may have (${editorBytesMax})`);
      console.log(`the whole app is ${bytes} bytes, packed, and ${editorBytes} more with the editor`);
    },
  };
}

const early = '/src/early.ts';

// What runs before the app is read, as files of their own under names that browsers may keep: the theme
// (start.js), and the first questions (src/early.ts).
function firstScripts(): Plugin {
  return {
    name: 'first-scripts',
    buildStart() {
      this.emitFile({ type: 'chunk', id: join(import.meta.dirname, early), name: 'early' });
      this.emitFile({ type: 'asset', name: 'start.js', source: readFileSync(join(import.meta.dirname, 'start.js')) });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle = {} }) {
        const files = Object.values(bundle);
        const theme = files.find(isTheme);
        const questions = files.find((file) => isChunk(file) && file.facadeModuleId?.endsWith(early));
        if (!theme || !questions) throw new Error(`start.js or ${early} was not built`);
        return [
          { tag: 'script', attrs: { src: `/${theme.fileName}` }, injectTo: 'head-prepend' },
          { tag: 'script', attrs: { type: 'module', async: true, crossorigin: true, src: `/${questions.fileName}` }, injectTo: 'head-prepend' },
        ];
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), worldMap(), styleNonces(), firstScripts(), stylesOfParts(), compressed()],
  resolve: { alias: editorNames },
  worker: { plugins: () => [languageScripts()] },
  // The server puts a fresh one in each page (src/server/web_app.cpp).
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../build/share/vedette/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6_000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // One file for what each page needs: some thirty small ones take a browser longer than their bytes.
            { name: 'early', test: /[\\/]src[\\/](early|first|pages|api[\\/](begun|kql|time)|pages[\\/]logs[\\/]question)\.ts$|vite[\\/]preload-helper/, priority: 2 },
            { name: 'app', tags: ['$initial'], priority: 1 },
            { name: 'parts', test: /[\\/]src[\\/](parts[\\/](Bars|CellActions|Confirm|Field|Views|idle|marks|states|undo)|api[\\/]preferences)\.tsx?$/ },
          ],
        },
      },
    },
  },
});

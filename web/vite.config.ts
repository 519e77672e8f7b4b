import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { worldMap } from './world.ts';

// What a first download may have; all pages together still fit into it.
const initialBytesMax = 600_000;

// A compressed copy beside each file, so that the program need not compress; more than a
// first download may have fails the build.
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed-copies',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      let bytes = 0;
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of files.filter((file) => /\.(js|css|svg|json)$/.test(file))) {
        const content = readFileSync(join(folder, name));
        const packed = gzipSync(content, { level: 9 });
        if (content.length > 1024) writeFileSync(join(folder, `${name}.gz`), packed);
        bytes += packed.length;
      }
      if (bytes > initialBytesMax) throw new Error(`all of the app is ${bytes} bytes packed, more than a first download may have (${initialBytesMax})`);
      console.log(`the whole app is ${bytes} bytes, packed`);
    },
  };
}

export default defineConfig({
  plugins: [react(), worldMap(), compressed()],
  // The server puts a fresh one in each page (src/server/web_app.cpp).
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../build/share/vedette/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// A compressed copy beside each file, so that the program need not compress.
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed-copies',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const name of files.filter((file) => /\.(js|css|svg|json)$/.test(file))) {
        const content = readFileSync(join(folder, name));
        if (content.length > 1024)
          writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
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

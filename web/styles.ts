// Holds the styles that the app imports of Mantine (src/mantine.ts) against the parts that it uses: each
// part names its styles by classes that nothing else has.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Plugin } from 'vite';

const classes = (text: string) => new Set(text.match(/\bm_[0-9a-f]{6,8}\b/g) ?? []);

export function stylesOfParts(): Plugin {
  let folder = '';
  return {
    name: 'styles-of-parts',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir, 'assets');
    },
    closeBundle() {
      const read = (ending: string) => classes(readdirSync(folder).filter((file) => file.endsWith(ending)).map((file) => readFileSync(join(folder, file), 'utf8')).join('\n'));
      const used = read('.js');
      const styled = read('.css');
      const styles = join(dirname(createRequire(import.meta.url).resolve('@mantine/core/styles.css')), 'styles');
      const parts = readdirSync(styles).filter((file) => file.endsWith('.css') && !file.endsWith('.layer.css'));
      const wrong: string[] = [];
      for (const part of parts) {
        const own = [...classes(readFileSync(join(styles, part), 'utf8'))];
        const isUsed = own.some((each) => used.has(each));
        const isThere = own.some((each) => styled.has(each));
        if (isUsed !== isThere) wrong.push(`${part} is ${isUsed ? 'missing' : 'needless'}`);
      }
      if (wrong.length > 0) throw new Error(`src/mantine.ts: ${wrong.join(', ')}`);
    },
  };
}

// Bundles the extension into dist/extension.js; with --tests DIR its tests, each
// into one file of DIR.
import * as path from 'node:path';
import { build } from 'esbuild';

const minify = process.argv.includes('--minify');
const tests = process.argv.indexOf('--tests');

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: tests < 0 ? { extension: 'src/extension.ts' } : { suite: 'test/suite.ts', unit: 'test/unit.ts' },
  outdir: tests < 0 ? 'dist' : path.resolve(process.argv[tests + 1]),
  bundle: true,
  platform: 'node',
  // VS Code 1.93, the oldest that package.json permits, runs extensions in Node 20.
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  minify,
  sourcemap: minify || tests >= 0 ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
});

// Bundles the extension, and its tests, each into one file.
import { build } from 'esbuild';

const minify = process.argv.includes('--minify');
const tests = process.argv.includes('--tests');

await build({
  entryPoints: { extension: 'src/extension.ts', ...(tests && { suite: 'test/suite.ts' }) },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  // VS Code 1.93, the oldest that package.json permits, runs extensions in Node 20.
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  minify,
  sourcemap: !minify,
  legalComments: 'none',
  logLevel: 'warning',
});

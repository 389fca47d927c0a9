// A folder that nobody trusts: dejafix runs, hears of errors, and runs nothing of
// the folder. Trusting it is passed on, and from then on repairs are checked.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { check, Code, config, equal, LOOKED_AT, until, Window } from './code.mjs';

// A TypeScript of the folder's own, which leaves a mark when it runs.
const mark = path.join(config.scratch, 'mark');
const own = path.join(config.project, 'node_modules/typescript');
fs.mkdirSync(path.join(own, 'lib'), { recursive: true });
fs.cpSync(path.join(config.typescript, 'package.json'), path.join(own, 'package.json'));
fs.cpSync(path.join(config.typescript, 'lib'), path.join(own, 'lib'), { recursive: true });
const library = path.join(own, 'lib/typescript.js');
fs.writeFileSync(library, `require('fs').writeFileSync(${JSON.stringify(mark)}, '');\n${fs.readFileSync(library, 'utf8')}`);

const code = new Code('trust', { trust: true, settings: { 'security.workspace.trust.enabled': true } });
code.install(config.vsix);
await code.start();
const w = await Window.open(code, config.project, ['tsconfig.json']);

await check('in restricted mode the server runs, and is told so', async () => {
  await w.page.locator('.statusbar-item').filter({ hasText: 'Restricted Mode' }).waitFor();
  await until('the server was initialized', () => code.sent('initialized').length === 1);
  await w.page.locator('.editor-instance').waitFor();
  equal(code.sent('initialize')[0].params.initializationOptions.trusted, false, 'trusted');
});

await check('errors are forwarded, and nothing of the folder runs', async () => {
  // TypeScript is off in restricted mode, JSON is not.
  await w.replace(2, 1, 0, 'x');
  await until('an error is underlined', async () => (await w.errors()) > 0);
  await until('it was sent', () => code.sent('dejafix/diagnostics').some((m) => m.params.diagnostics.length > 0));
  await w.press('Control+Z');
  equal(fs.existsSync(mark), false, "the folder's own TypeScript ran");
});

await check('trust is passed on', async () => {
  await w.page.locator('.statusbar-item').filter({ hasText: 'Restricted Mode' }).click();
  await w.page.getByRole('button', { name: 'Trust', exact: true }).first().click();
  await until('it was told', () => code.sent('dejafix/trust').some((m) => m.params.trusted));
});

await check('then repairs are checked, by the TypeScript of the folder', async () => {
  // VS Code starts some extensions, TypeScript among them, with the next window.
  await w.reload();
  await w.openFile('server.ts');
  await w.replace(11, 32, 2, 'settings.port');
  await w.awaitErrors(1);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(11, 32);
  await w.type('Number(');
  await w.press('End', 'ArrowLeft', 'ArrowLeft');
  await w.type(')');
  await w.awaitErrors(0);
  await w.save();
  await until('it was learned', () => code.dejafix('stats').episodes === 1);
  await w.openFile('retry.ts');
  await w.replace(16, 16, 1, 'flags.attempts');
  await w.awaitErrors(1);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(16, 20);
  await w.menuWith('checked');
  equal(fs.existsSync(mark), true, "the folder's own TypeScript ran");
});

await w.close();
await code.stop();

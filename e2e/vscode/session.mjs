// The whole rhythm in VS Code with TypeScript: an error repaired by hand in one
// file, met again in another, offered in the menu, applied by the keyboard, taken
// back; then the view.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { check, Code, config, equal, LOOKED_AT, until, Window } from './code.mjs';

// More places, for the list of repairs and for the view.
fs.writeFileSync(
  path.join(config.project, 'src/pool.ts'),
  `export interface Limits {
  connections: string;
  queued: string;
}

function resize(count: number): number {
  return Math.max(1, count);
}

export function pool(limits: Limits): number {
  return resize(limits.connections);
}

export function queue(limits: Limits): number {
  return resize(limits.queued);
}
`,
);

fs.writeFileSync(
  path.join(config.project, 'src/cache.ts'),
  `function keep(entries: number): number {
  return Math.max(0, entries);
}

export function cache(options: { entries: string }): number {
  return keep(options.entries);
}
`,
);

// An error that TypeScript has repairs of its own for.
fs.writeFileSync(
  path.join(config.project, 'src/limits.ts'),
  `export interface Shop {
  extra: { timeout: number };
  open: boolean;
}

export function wait(shop: Shop): number {
  return shop.timeout;
}

export function rest(shop: Shop): number {
  return shop.timeout;
}
`,
);

// The workspace's own TypeScript, which checks repairs where the folder is trusted.
fs.mkdirSync(path.join(config.project, 'node_modules'));
fs.symlinkSync(config.typescript, path.join(config.project, 'node_modules/typescript'));

const code = new Code('session');
code.install(config.vsix);
await code.start();
const w = await Window.open(code, config.project, ['src/server.ts']);
const read = (file) => fs.readFileSync(path.join(config.project, file), 'utf8');
const view = w.page.locator('.pane').filter({ hasText: 'Recurring Errors' });

await check('the extension starts the server', async () => {
  await w.page.locator('.statusbar-item').filter({ hasText: 'dejafix' }).waitFor();
  await until('the server was initialized', () => code.sent('initialized').length === 1);
  const { params } = code.sent('initialize')[0];
  equal(params.initializationOptions.trusted, true, 'trusted');
  equal(params.capabilities.experimental.dejafix, { status: true }, 'experimental');
});

await check('what TypeScript reports is forwarded', async () => {
  await w.page.locator('.editor-instance').waitFor();
  await w.replace(11, 32, 2, 'settings.port');
  await w.awaitErrors(1);
  await until('it was sent', () =>
    code.sent('dejafix/diagnostics').some((m) => m.params.diagnostics.some((d) => d.code === 2345 && d.source === 'ts')),
  );
});

await check('an error repaired by hand is learned', async () => {
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(11, 32);
  await w.type('Number(');
  await w.press('End', 'ArrowLeft', 'ArrowLeft');
  await w.type(')');
  await w.awaitErrors(0);
  await w.save();
  equal(read('src/server.ts').includes('listen(settings.host, Number(settings.port));'), true, 'repaired');
  await until('it was learned', () => code.dejafix('stats').episodes === 1);
});

await check('the second time it is offered', async () => {
  await w.openFile('retry.ts');
  await w.replace(16, 16, 1, 'flags.attempts');
  await w.awaitErrors(1);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(16, 20);
  await w.menuWith('learned');
  await w.shot('vscode-menu', { x: 345, y: 310, width: 640, height: 240 });
});

await check('applied by the keyboard, the file is right on the disk', async () => {
  await w.choose('learned');
  await w.awaitErrors(0);
  await w.save();
  equal(read('src/retry.ts').includes('  return times(Number(flags.attempts), action);\n'), true, 'repaired');
  await until('the server counts it', () => code.dejafix('stats').applied === 1);
  equal(code.sent('workspace/executeCommand').filter((m) => m.params.command === 'dejafix.applied').length, 1, 'dejafix.applied');
});

if (config.smoke) {
  await w.close();
  await code.stop();
  process.exit(process.exitCode ?? 0);
}

await check('all repairs are listed for the error at the cursor', async () => {
  await w.openFile('cache.ts');
  await w.awaitErrors(1);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(6, 20);
  await w.command('Dejafix: Show All Repairs for the Error at the Cursor');
  await w.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Wrap in Number' }).waitFor();
  await w.page.mouse.move(700, 500); // away from what shows tips
  await w.page.waitForTimeout(1000); // it fades in
  await w.shot('vscode-more', { x: 150, y: 0, width: 780, height: 260 });
  await w.press('Enter');
  await w.awaitErrors(0);
  await w.save();
  equal(read('src/cache.ts').includes('keep(Number(options.entries))'), true, 'repaired');
  await until('it was told', () => code.sent('dejafix/decision').some((m) => m.params.verdict === 'applied'));
});

const rows = () => view.locator('.monaco-list-row').allInnerTexts();
const row = (text) => view.locator('.monaco-list-row').filter({ hasText: text }).first();
const commands = (name) => code.sent('workspace/executeCommand').filter((m) => m.params.command === name);

await check('the view lists what recurs, with its repairs and places', async () => {
  await w.openFile('pool.ts');
  await w.awaitErrors(2);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.command('Dejafix: Show Recurring Errors');
  await row("Argument of type 'string'").click();
  await until('it is open', async () => (await rows()).length === 4);
  const [, repair, ...places] = await rows();
  equal(/Wrap in Number\s*held \d of \d/.test(repair), true, repair);
  equal(places.map((p) => p.replace(/\s*src$/, '')), ['pool.ts:11', 'pool.ts:15'], 'places');
  await row("Argument of type 'string'").hover();
  await w.shot('vscode-view');
  await w.shot('vscode-view-part', { x: 46, y: 430, width: 280, height: 130 });
});

await check('the view jumps to an error', async () => {
  await row('pool.ts:15').click();
  await w.page.locator('.statusbar-item').filter({ hasText: 'Ln 15' }).waitFor();
});

await check('the view repairs all, after a look', async () => {
  await row("Argument of type 'string'").hover();
  await row("Argument of type 'string'").locator('.action-label[aria-label^="Repair All"]').click();
  const preview = w.page.locator('.bulk-edit-panel');
  await preview.waitFor();
  await w.shot('vscode-repair-all');
  await preview.locator('input[type=checkbox], .edit-checkbox').first().click();
  await preview.getByText('Apply', { exact: true }).click();
  await preview.waitFor({ state: 'hidden' });
  await until('a place is repaired', async () => (await w.errors()) < 2);
});

await check('an undo takes the repair back, and the server is told', async () => {
  await w.openFile('retry.ts');
  await w.goto(16, 20);
  await w.press('Control+Z');
  await w.awaitErrors(1);
  await until('it was told', () => code.sent('dejafix/decision').some((m) => m.params.verdict === 'undone'));
  const [applied] = commands('dejafix.applied');
  equal(code.sent('dejafix/decision').at(-1).params.id, applied.params.arguments[0], 'the suggestion');
});

await check('the view says why', async () => {
  await row('Wrap in Number').hover();
  await row('Wrap in Number').locator('.action-label[aria-label^="Why"]').click();
  const page = w.page.frameLocator('iframe.webview.ready').first().frameLocator('#active-frame').locator('body');
  await page.filter({ hasText: 'server.ts' }).waitFor();
  await w.page.waitForTimeout(500); // the page is laid out
  await w.shot('vscode-why');
});

await check('suggestions pause and resume in a folder', async () => {
  await w.command('Dejafix: Pause in This Folder');
  await w.page.locator('.statusbar-item').filter({ hasText: 'paused' }).waitFor();
  await w.command('Dejafix: Resume in This Folder');
  await w.page.locator('.statusbar-item').filter({ hasText: /^\s*dejafix\s*$/ }).waitFor();
});

await check('a repair is forgotten, after a question', async () => {
  await row('Wrap in Number').hover();
  await row('Wrap in Number').locator('.action-label[aria-label^="Forget"]').click();
  await w.page.locator('.monaco-dialog-box').getByText('Forget', { exact: true }).click();
  await until('it is gone', () => code.dejafix('stats').patterns === 0);
  await until('it is gone from the view', async () => !(await rows()).some((r) => r.includes('Wrap in Number')));
});

await check('ours stands below what TypeScript offers', async () => {
  await w.command('View: Join All Editor Groups');
  await w.openFile('limits.ts');
  await w.awaitErrors(2);
  await w.page.waitForTimeout(LOOKED_AT);
  await w.goto(7, 15);
  await w.type('extra.');
  await w.press('Escape'); // suggestions
  await w.awaitErrors(1);
  await w.save();
  await until('it was learned', () => code.dejafix('stats').patterns === 1);
  await w.goto(11, 17);
  const titles = await w.menuWith('learned');
  const theirs = titles.findIndex((t) => t.startsWith('Declare property'));
  const ours = titles.findIndex((t) => t.includes('learned'));
  equal(theirs >= 0 && theirs < ours, true, `what TypeScript offers comes first: ${titles.join('; ')}`);
  await w.press('Escape');
});

await w.close();
await code.stop();

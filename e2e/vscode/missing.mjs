// No program: one message says so, and what to do; the program that is then
// chosen is started. A program that always breaks is not started for ever.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { check, Code, config, equal, until, Window } from './code.mjs';

const code = new Code('missing', { program: false });
code.install(config.vsix);
// A workspace does not say what is run.
const evil = path.join(config.scratch, 'evil');
fs.writeFileSync(evil, `#!/bin/sh\ntouch '${evil}.ran'\n`, { mode: 0o755 });
fs.mkdirSync(path.join(config.project, '.vscode'));
fs.writeFileSync(path.join(config.project, '.vscode/settings.json'), JSON.stringify({ 'dejafix.path': evil }));
await code.start();
const w = await Window.open(code, config.project, ['src/server.ts']);
const machine = path.join(code.dir, 'user/Machine/settings.json');

await check('without the program a message says what to do', async () => {
  const message = w.page.locator('.notification-list-item').filter({ hasText: 'The program dejafix was not found' });
  await message.waitFor();
  await w.shot('missing');
  for (const button of ['Choose the Program…', 'Get Started']) {
    equal(await message.getByText(button).count(), 1, button);
  }
  await message.getByText('Get Started').click();
  await w.page.locator('.gettingStartedContainer').getByText('Have the program').waitFor();
  await w.shot('vscode-walkthrough');
});

await check('what a workspace names is not run', async () => {
  equal(fs.existsSync(`${evil}.ran`), false, 'it ran');
});

await check('a program that breaks is started again, and then left alone', async () => {
  const breaks = path.join(config.scratch, 'breaks');
  fs.writeFileSync(breaks, `#!/bin/sh\necho x >> '${breaks}.runs'\nexit 1\n`, { mode: 0o755 });
  fs.writeFileSync(machine, JSON.stringify({ 'dejafix.path': breaks }));
  await w.page.locator('.statusbar-item').filter({ hasText: 'dejafix: stopped' }).waitFor();
  await w.shot('stopped');
  const runs = fs.readFileSync(`${breaks}.runs`, 'utf8').length / 2;
  equal(runs >= 1 && runs <= 4, true, `${runs} runs`);
});

await check('the program that is set is started', async () => {
  fs.writeFileSync(machine, JSON.stringify({ 'dejafix.path': config.dejafix }));
  await w.page.locator('.statusbar-item').filter({ hasText: /^\s*dejafix\s*$/ }).waitFor();
  await w.command('Dejafix: Check the Installation');
  await w.page.locator('.tab.active').filter({ hasText: 'dejafix doctor.txt' }).waitFor();
  await w.page.locator('.view-lines').getByText('store').first().waitFor();
  await w.shot('doctor');
});

await w.close();
await code.stop();

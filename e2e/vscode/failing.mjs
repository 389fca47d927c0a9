// Tests that fail, in VS Code with Go, Python and TypeScript: run in its terminal,
// shown at the code that failed, repaired by hand once, offered where another test
// fails in the same way, applied, gone when it passes.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { check, Code, config, equal, LOOKED_AT, until, Window } from './code.mjs';

const languages = {
  go: {
    run: 'go test ./...',
    first: 'title/title.go',
    line: 'return words[len(words)][:1]',
    says: 'index out of range [3] with length 3',
    repair: ['len(words)', '-1'], // the second is typed behind the first
    second: 'steps/steps.go',
    there: 'return p.Steps[len(p.Steps)]',
    want: '\treturn p.Steps[len(p.Steps)-1]\n',
  },
  python: {
    run: `${config.pytest} -q`,
    first: 'kitchen/bill.py',
    line: 'amount += prices[order]',
    says: "KeyError: 'biscuit'",
    repair: ['prices', '.get(', '[order]', 'order, 0)'],
    second: 'kitchen/stock.py',
    there: 'here = stock[thing]',
    want: '        here = stock.get(thing, 0)\n',
  },
  typescript: {
    run: `${config.vitest} run`,
    first: 'src/rooms.ts',
    line: 'return room.seats;',
    says: 'Cannot read properties of undefined',
    repair: ['return room', '?', '.seats', ' ?? 0'],
    second: 'src/tickets.ts',
    there: 'return ticket.price;',
    want: '  return ticket?.price ?? 0;\n',
  },
};

const code = new Code('failing', { settings: { 'editor.autoClosingBrackets': 'never', 'terminal.integrated.enableMultiLinePasteWarning': 'never' } });
code.env.GOTOOLCHAIN = 'local';
code.env.GOFLAGS = '-mod=mod';
code.env.NO_COLOR = '';
// A login shell of Debian's forgets where Go is.
fs.writeFileSync(path.join(code.home, '.bash_profile'), `export PATH='${code.env.PATH}'\n`);
code.install(config.vsix);
await code.start();

for (const [language, l] of Object.entries(languages)) {
  const dir = config[`failing-${language}`];
  const read = (file) => fs.readFileSync(path.join(dir, file), 'utf8');
  /** The line and column of a text, from 1. */
  const place = (file, text) => {
    const before = read(file).slice(0, read(file).indexOf(text)).split('\n');
    return [before.length, before.at(-1).length + 1]; // as the server counts: a tab is one
  };
  const w = await Window.open(code, dir, [l.first]);
  /** The column of an index in a line, as VS Code counts it: a tab is four wide. */
  const column = (line, index) => [...line.slice(0, index)].reduce((n, c) => (c === '\t' ? n + 4 - (n % 4) : n + 1), 0) + 1;
  const focusTerminal = async (command) => {
    await w.command(command);
    await w.page.locator('.terminal-wrapper.active .xterm.focus').waitFor();
  };
  const focusEditor = async () => {
    await w.command('View: Focus Active Editor Group');
    await w.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  };
  const ran = () => code.sent('dejafix/output').filter((m) => m.params.final).length;

  /** Runs the tests in the terminal, and waits until the server was told how they ended. */
  const run = async (exitCode) => {
    const before = ran();
    await focusTerminal('Terminal: Focus Terminal');
    await w.type(l.run);
    await w.press('Enter');
    await until('the tests ended', () => ran() > before);
    equal(code.sent('dejafix/output').filter((m) => m.params.final).at(-1).params.exitCode, exitCode, 'exit code');
    await focusEditor();
  };
  /** Waits for an error in a file, at a text, as the list of problems tells it. */
  const problem = async (file, text, says) => {
    await w.command('Problems: Focus on Problems View');
    const row = w.page.locator('.markers-panel .monaco-list-row').filter({ hasText: says }).filter({ hasText: `[Ln ${place(file, text).join(', Col ')}]` }).first();
    await row.waitFor();
    await focusEditor();
  };

  await check(`${language}: a test that fails is shown where it failed`, async () => {
    await w.page.locator('.editor-instance').waitFor();
    await until('the server knows the file', () => code.sent('textDocument/didOpen').some((m) => m.params.textDocument.uri.endsWith(l.first)));
    await focusTerminal('Terminal: Create New Terminal');
    // A shell that just started does not report its commands yet.
    await until('the shell reports commands', async () => {
      const before = ran();
      await w.type('true');
      await w.press('Enter');
      return until('it was told', () => ran() > before, 5000).then(() => true, () => false);
    });
    await run(1);
    await w.awaitErrors(1);
    await problem(l.first, l.line, l.says);
    const [line] = place(l.first, l.line);
    await w.goto(line, 1);
    await w.press('End');
    await w.command('Show or Focus Hover');
    await w.page.locator('.monaco-hover').filter({ hasText: l.says }).first().waitFor();
    if (language === 'python') {
      await w.shot('vscode-failing');
    }
    await w.press('Escape');
  });

  await check(`${language}: what makes it pass is learned`, async () => {
    await w.page.waitForTimeout(LOOKED_AT);
    const before = code.dejafix('stats').episodes;
    for (let i = 0; i < l.repair.length; i += 2) {
      const [line, from] = place(l.first, l.line);
      const text = read(l.first).split('\n')[line - 1];
      // What was typed before stands before it.
      const typed = l.repair.slice(0, i).filter((_, n) => n % 2 === 1).join('').length;
      const at = column(text, text.indexOf(l.repair[i], from - 1)) + typed;
      if (l.repair[i].startsWith('[')) {
        await w.replace(line, at, l.repair[i].length, l.repair[i + 1]);
      } else {
        await w.goto(line, at + l.repair[i].length);
        await w.type(l.repair[i + 1]);
        await w.press('Escape');
      }
    }
    await w.awaitErrors(0);
    await w.save();
    await run(1); // the other one fails still
    await until('it was learned', () => code.dejafix('stats').episodes > before);
  });

  await check(`${language}: the next that fails so has the repair in its menu`, async () => {
    await w.openFile(l.second);
    await w.awaitErrors(1);
    await problem(l.second, l.there, l.says.split(' ')[0]);
    await w.page.waitForTimeout(LOOKED_AT);
    const [line, from] = place(l.second, l.there);
    await w.goto(line, column(read(l.second).split('\n')[line - 1], from - 1));
    await w.menuWith('learned');
    if (language === 'go') {
      await w.shot('vscode-failing-menu');
    }
    await w.choose('learned');
    await w.awaitErrors(0);
    await w.save();
    equal(read(l.second).includes(l.want), true, read(l.second));
  });

  await check(`${language}: the test passes and nothing is shown any more`, async () => {
    const before = code.dejafix('stats').applied;
    equal(before > 0, true, 'applied');
    await run(0);
    await w.awaitErrors(0);
    await w.command('Problems: Focus on Problems View');
    await w.page.locator('.markers-panel').getByText('No problems have been detected').waitFor();
  });
  await w.close();
}
await code.stop();

// Drives a real VS Code (code-server) in a real browser, as a person would.
// Every wait is for a condition, with a deadline.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';

/**
 * How long anything may take to come true, in ms: four times what the slowest
 * was seen to need. DEJAFIX_PATIENCE gives another number of seconds.
 */
export const PATIENCE = Number(process.env.DEJAFIX_PATIENCE ?? 120) * 1000;

/** How long an error must be looked at before it is one, in ms: the server's two seconds and some. */
export const LOOKED_AT = 2500;

/** What the Go test says: where tools, program, extension and scratch folder are. */
export const config = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

/** Prints what the Go test reads: one line for each check, and for each figure. */
export async function check(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (problem) {
    console.log(`FAIL ${name}: ${String(problem?.message ?? problem).split('\n').slice(0, 6).join(' | ')}`);
    console.log('notifications:', (await current?.notifications())?.join(' / '));
    await current?.shot(`failed-${name.replace(/\W+/g, '-')}`);
  }
}

export function measured(name, value) {
  console.log(`measured ${name}: ${value}`);
}

export function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

/** Waits until ask() gives something true, and returns that. */
export async function until(what, ask, within = PATIENCE) {
  const end = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`not within ${within / 1000} s: ${what}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The settings of a user who wants nothing between him and his code. */
const settings = {
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'terminal.integrated.defaultProfile.linux': 'bash',
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/**
 * A Code is one code-server with its user: extensions, settings, home folder.
 */
export class Code {
  constructor(name, options = {}) {
    this.dir = path.join(config.scratch, name);
    this.options = options;
    this.home = path.join(this.dir, 'home');
    this.bin = path.join(this.dir, 'bin');
    for (const dir of [this.home, this.bin, path.join(this.dir, 'user', 'User'), path.join(this.dir, 'user', 'Machine')]) {
      fs.mkdirSync(dir, { recursive: true });
    }
    fs.writeFileSync(
      path.join(this.dir, 'user', 'User', 'settings.json'),
      JSON.stringify({ ...settings, ...options.settings }, null, 2),
    );
    fs.writeFileSync(path.join(this.dir, 'user', 'Machine', 'settings.json'), JSON.stringify(options.machine ?? {}));
    this.wire = path.join(this.dir, 'wire');
    if (options.program !== false) {
      // In PATH, as a user has it; what the extension sends is kept.
      const script = `#!/bin/sh\ncase $1 in\nserve) tee -a '${this.wire}' | '${config.dejafix}' "$@" ;;\n*) exec '${config.dejafix}' "$@" ;;\nesac\n`;
      fs.writeFileSync(path.join(this.bin, 'dejafix'), script, { mode: 0o755 });
    }
    // VS Code takes the environment of a login shell.
    fs.writeFileSync(path.join(this.home, '.bash_profile'), `export PATH='${this.bin}':"$PATH"\n`);
    this.env = {
      ...process.env,
      HOME: this.home,
      XDG_DATA_HOME: path.join(this.home, 'data'),
      XDG_STATE_HOME: path.join(this.home, 'state'),
      XDG_CONFIG_HOME: path.join(this.home, 'config'),
      XDG_CACHE_HOME: path.join(this.home, 'cache'),
      PATH: `${this.bin}:${process.env.PATH}`,
      EXTENSIONS_GALLERY: '{}',
      SHELL: '/bin/bash',
    };
  }

  get user() {
    return ['--user-data-dir', path.join(this.dir, 'user'), '--extensions-dir', path.join(this.dir, 'extensions')];
  }

  install(vsix) {
    const done = spawnSync(config.codeServer, [...this.user, '--install-extension', vsix], { env: this.env, encoding: 'utf8' });
    if (done.status !== 0) {
      throw new Error(`installing ${vsix}: ${done.stdout}${done.stderr}`);
    }
  }

  /** Installs or uninstalls what was installed last; a window that opens later sees it. */
  setEnabled(enabled) {
    const change = enabled ? ['--install-extension', config.vsix, '--force'] : ['--uninstall-extension', 'dejafix.dejafix'];
    spawnSync(config.codeServer, [...this.user, ...change], { env: this.env });
  }

  async start() {
    const args = [
      ...this.user,
      '--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check',
      '--disable-getting-started-override', '--reconnection-grace-time', '1',
    ];
    if (!this.options.trust) {
      args.push('--disable-workspace-trust');
    }
    this.process = spawn(config.codeServer, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.output = '';
    const keep = (data) => (this.output += data);
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    const [, port] = await until('code-server listens', () => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.output));
    this.port = port;
  }

  /** What `dejafix ARG… --json` prints, of this user's store. */
  dejafix(...args) {
    const done = spawnSync(config.dejafix, [...args, '--json'], { env: this.env, encoding: 'utf8' });
    if (done.status !== 0) {
      throw new Error(`dejafix ${args.join(' ')}: ${done.stderr}`);
    }
    return JSON.parse(done.stdout);
  }

  /** What the extension told the server so far, of one method or all. */
  sent(method) {
    if (!fs.existsSync(this.wire)) {
      return [];
    }
    const bytes = fs.readFileSync(this.wire);
    const messages = [];
    for (let at = 0; ; ) {
      const head = bytes.indexOf('\r\n\r\n', at);
      if (head < 0) {
        break;
      }
      const length = Number(/Content-Length: (\d+)/i.exec(bytes.toString('latin1', at, head))?.[1]);
      if (bytes.length < head + 4 + length) {
        break;
      }
      messages.push(JSON.parse(bytes.toString('utf8', head + 4, head + 4 + length)));
      at = head + 4 + length;
    }
    return method ? messages.filter((m) => m.method === method) : messages;
  }

  async stop() {
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }
}

let current;

/** A Window is one page of VS Code, with the keyboard. */
export class Window {
  static async open(code, folder, files = [], prepare) {
    const require = createRequire(config.playwright + '/');
    const { chromium } = require('playwright-core');
    const w = new Window();
    current = w;
    w.code = code;
    w.browser = await chromium.launch({
      executablePath: config.chromium,
      args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
      ],
    });
    w.page = await w.browser.newPage({ viewport: { width: 1080, height: 620 } });
    w.page.setDefaultTimeout(PATIENCE);
    w.console = [];
    w.page.on('console', (m) => w.console.push(m.text()));
    await prepare?.(w.page);
    w.said = new Set();
    await w.page.exposeFunction('dejafixSaid', (text) => w.said.add(text));
    await w.page.addInitScript(() => {
      new MutationObserver(() => {
        document.querySelectorAll('.notification-list-item-message').forEach((e) => window.dejafixSaid(e.textContent));
      }).observe(document, { subtree: true, childList: true });
    });
    const payload = files.map((f) => ['openFile', `vscode-remote://127.0.0.1:${code.port}${path.join(folder, f)}`]);
    const query = new URLSearchParams({ folder });
    if (payload.length > 0) {
      query.set('payload', JSON.stringify(payload));
    }
    await w.page.goto(`http://127.0.0.1:${code.port}/?${query}`, { waitUntil: 'domcontentloaded' });
    await w.page.waitForSelector('.monaco-workbench');
    return w;
  }

  /** Keeps a picture of the window, or of a part of it. */
  async shot(name, clip) {
    if (config.images) {
      await this.page.screenshot({ path: path.join(config.images, `${name}.png`), ...(clip && { clip }) });
    }
  }

  async command(title) {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input').first();
    await input.waitFor({ state: 'visible' });
    await input.fill('>' + title);
    // The best match stands first only once the list is complete.
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ has: this.page.getByText(title, { exact: true }) }).first().click();
  }

  async openFile(name) {
    const input = this.page.locator('.quick-input-widget input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: path.basename(name) }).first();
    // A window that was just opened does not find its files yet.
    await until(`${name} is found`, async () => {
      await this.press('Control+P');
      await input.waitFor({ state: 'visible' });
      const found = await input
        .fill(name, { timeout: 5000 })
        .then(() => row.click({ timeout: 5000 }))
        .then(() => true, () => false);
      if (!found) {
        await this.press('Escape');
      }
      return found;
    });
    await this.page.locator('.tab.active').filter({ hasText: path.basename(name) }).waitFor();
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  }

  /** Puts the cursor at a line and column, from 1. */
  async goto(line, column) {
    const input = this.page.locator('.quick-input-widget input').first();
    const there = this.page.locator('.statusbar-item').filter({ hasText: `Ln ${line}, Col ${column}` });
    // An editor that was just opened takes its keys a moment later.
    await until(`the cursor is at ${line}:${column}`, async () => {
      await this.press('Control+G');
      await input.waitFor({ state: 'visible' });
      const asked = await input.fill(`:${line},${column}`, { timeout: 5000 }).then(() => true, () => false);
      await this.press(asked ? 'Enter' : 'Escape');
      await input.waitFor({ state: 'hidden' });
      return there.waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
  }

  /** Loads the window anew, with what the browser remembers. */
  async reload() {
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await this.page.locator('.editor-instance').waitFor();
  }

  /** Puts text in place of some characters, at a line and column from 1. */
  async replace(line, column, length, text) {
    await this.goto(line, column);
    await this.press(...Array(length).fill('Delete'));
    await this.type(text);
    await this.press('Escape'); // suggestions
  }

  async type(text) {
    await this.page.keyboard.type(text, { delay: 30 });
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** What VS Code says in notifications, those that went away too. */
  async notifications() {
    return [...this.said];
  }

  /** Closes an editor by its tab. */
  async closeEditor(name) {
    const tab = this.page.locator('.tab').filter({ hasText: name }).first();
    await tab.click();
    await this.command('View: Close Editor');
    await tab.waitFor({ state: 'detached' });
  }

  errors() {
    return this.page.locator('.squiggly-error').count();
  }

  async awaitErrors(n) {
    await until(`${n} errors are underlined`, async () => (await this.errors()) === n);
  }

  async save() {
    await this.press('Control+S');
    await this.page.locator('.tab.active:not(.dirty)').waitFor();
  }

  /** The titles of the code action menu at the cursor, which stays open. */
  async menu() {
    const widget = this.page.locator('.action-widget').first();
    // The key may come before the editor has the focus again.
    await until('the menu is open', async () => {
      await this.press('Control+.');
      return widget.waitFor({ state: 'visible', timeout: 5000 }).then(() => true, () => false);
    });
    return (await widget.locator('.monaco-list-row.action .title').allInnerTexts()).map((t) => t.trim());
  }

  /** Chooses an entry of the menu that is open, by the keyboard alone. */
  async choose(part) {
    const focused = this.page.locator('.action-widget .monaco-list-row.focused').first();
    const titles = await this.page.locator('.action-widget').first().locator('.monaco-list-row.action').count();
    for (let i = 0; i < titles; i++) {
      if ((await focused.innerText().catch(() => '')).includes(part)) {
        await this.press('Enter');
        return;
      }
      await this.press('ArrowDown');
    }
    throw new Error(`no entry "${part}" could be reached`);
  }

  /** Opens the menu until an entry is in it; without one it is closed again. */
  async menuWith(part) {
    return until(`the menu has "${part}"`, async () => {
      const titles = await this.menu();
      if (titles.some((t) => t.includes(part))) {
        return titles;
      }
      await this.press('Escape');
      await this.page.locator('.action-widget').first().waitFor({ state: 'hidden' });
      return undefined;
    });
  }

  async close() {
    current = undefined;
    await this.browser.close();
  }
}

// Finds the program, runs it as a language server, and starts it again when it
// breaks, but not for ever.
import * as os from 'node:os';
import * as vscode from 'vscode';
import type { CloseAction, CloseHandlerResult, LanguageClient, Middleware } from 'vscode-languageclient/node';
import { findProgram } from './find';
import type { StatusParams } from './protocol';
import { narrowed, serverSettings } from './settings';
import type { Wire } from './wire';

/** A server that breaks more often than this within BROKEN_WITHIN ms is left alone. */
const RESTARTS = 3;
const BROKEN_WITHIN = 3 * 60 * 1000;

/** How long an editor that closes waits for the server, in ms. */
const STOP_WITHIN = 2000;

export class Server implements Wire, vscode.Disposable {
  private language: LanguageClient | undefined;
  private breaks: number[] = [];
  /** Counts starts and stops, so that one that is overtaken ends. */
  private turn = 0;
  private readonly started = new vscode.EventEmitter<void>();
  readonly onStart = this.started.event;
  private readonly changed = new vscode.EventEmitter<StatusParams>();
  /** What the status bar should show. */
  readonly onStatus = this.changed.event;
  private readonly recurring = new vscode.EventEmitter<void>();
  /** What recurs may differ from what was told. */
  readonly onRecurringChanged = this.recurring.event;
  private readonly subscriptions: vscode.Disposable[];
  /** Where the program was found; set while it is. */
  program: string | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly middleware: Middleware,
  ) {
    this.subscriptions = [
      this.started,
      this.changed,
      this.recurring,
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.notify('dejafix/trust', { trusted: true })),
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration('dejafix.path')) {
          void this.restart();
        }
      }),
    ];
  }

  get client(): LanguageClient | undefined {
    return this.language?.isRunning() === true ? this.language : undefined;
  }

  notify(method: string, params: object): void {
    this.client?.sendNotification(method, params).catch((problem: unknown) => this.log.debug(`${method} was not sent`, problem));
  }

  request<R>(method: string, params: object): Promise<R> {
    const client = this.client;
    if (!client) {
      return Promise.reject(new Error('The server does not run; "Dejafix: Check the Installation" says why.'));
    }
    return client.sendRequest<R>(method, params);
  }

  execute<R>(command: string, ...args: unknown[]): Promise<R> {
    return this.request('workspace/executeCommand', { command, arguments: args });
  }

  /** Starts the server. What goes wrong is said to the person, once. */
  async start(): Promise<void> {
    const found = findProgram({
      configured: this.configuredPath(),
      path: process.env['PATH'] ?? '',
      extension: this.context.extensionPath,
      home: os.homedir(),
      platform: process.platform,
    });
    if ('problem' in found) {
      this.program = undefined;
      this.show({ state: 'missing', text: 'dejafix: not found', tooltip: found.problem });
      this.log.warn(found.problem);
      void this.offer(`${found.problem} Install it, or say where it is.`, ['dejafix.choosePath', 'dejafix.getStarted']);
      return;
    }
    this.program = found.program;
    this.log.info(`starting ${found.program} (found by ${found.by})`);
    this.show({ state: 'starting', text: 'dejafix', tooltip: `starting ${found.program}` });
    const client = await this.load(found.program);
    if (!client) {
      return;
    }
    this.language = client;
    client.onDidChangeState(() => {
      if (this.client === client) {
        this.started.fire();
      }
    });
    try {
      await client.start();
    } catch (problem) {
      this.log.error('the server did not start', problem);
      // One that ran and stopped is started again, or was reported, by closed.
      if (this.language === client && this.breaks.length === 0) {
        this.stopped(`${found.program} did not start.`);
      }
    }
  }

  async restart(): Promise<void> {
    this.breaks = [];
    await this.stop();
    await this.start();
  }

  /** The user's own setting: a workspace does not say what is run. */
  private configuredPath(): string {
    const value = vscode.workspace.getConfiguration('dejafix').inspect<string>('path')?.globalValue;
    return typeof value === 'string' ? value.trim() : '';
  }

  /**
   * Makes a client. The library for it is nine tenths of the extension, and
   * takes most of its time to start: it is read after VS Code was told that the
   * extension is active. Undefined when another start came in between.
   */
  private async load(program: string): Promise<LanguageClient | undefined> {
    const turn = ++this.turn;
    await new Promise((done) => setImmediate(done));
    const { CloseAction, newClient } = await import('./client');
    if (turn !== this.turn) {
      return undefined;
    }
    return newClient(program, {
      log: this.log,
      middleware: this.middleware,
      settings: () => this.settings(),
      closed: () => this.closed(CloseAction),
      status: (status) => this.show(status),
      recurringChanged: () => this.recurring.fire(),
    });
  }

  /** The server's settings that the person or the workspace set. */
  private settings(): Record<string, unknown> {
    const configuration = vscode.workspace.getConfiguration('dejafix');
    const declared = (this.context.extension.packageJSON as Manifest).contributes.configuration.properties;
    return Object.fromEntries(
      serverSettings(declared)
        .map((name) => [name, narrowed(configuration.inspect(name) ?? {})] as const)
        .filter(([, value]) => value !== undefined),
    );
  }

  /** Decides what happens after the server broke. */
  private closed(action: typeof CloseAction): CloseHandlerResult {
    const now = Date.now();
    this.breaks = [...this.breaks.filter((at) => now - at < BROKEN_WITHIN), now];
    if (this.breaks.length <= RESTARTS) {
      this.show({ state: 'starting', text: 'dejafix', tooltip: 'the server stopped by itself and is started again' });
      return { action: action.Restart, handled: true, message: 'the server stopped by itself; starting it again' };
    }
    this.stopped(`The server stopped by itself ${this.breaks.length} times in three minutes.`);
    return { action: action.DoNotRestart, handled: true, message: 'the server stopped too often; not started again' };
  }

  private stopped(problem: string): void {
    this.show({ state: 'stopped', text: 'dejafix: stopped', tooltip: problem });
    void this.offer(`${problem} Look at the log, or check the installation.`, [
      'dejafix.showLog',
      'dejafix.checkInstallation',
      'dejafix.restart',
    ]);
  }

  /** Says something with commands as its buttons. */
  private async offer(message: string, commands: (keyof typeof BUTTONS)[]): Promise<void> {
    const items = commands.map((command) => ({ title: BUTTONS[command], command }));
    const chosen = await vscode.window.showWarningMessage(`Dejafix: ${message}`, ...items);
    if (chosen) {
      await vscode.commands.executeCommand(chosen.command);
    }
  }

  private show(status: StatusParams): void {
    void vscode.commands.executeCommand('setContext', 'dejafix.state', status.state);
    this.changed.fire(status);
  }

  async stop(): Promise<void> {
    const client = this.language;
    this.language = undefined;
    this.turn++;
    if (client?.needsStop()) {
      await client.dispose(STOP_WITHIN).catch((problem: unknown) => this.log.debug('stopping the server', problem));
    }
  }

  dispose(): void {
    this.subscriptions.forEach((s) => s.dispose());
  }
}

/** The part of package.json that is read. */
interface Manifest {
  contributes: { configuration: { properties: Record<string, unknown> } };
}

const BUTTONS = {
  'dejafix.checkInstallation': 'Check the Installation',
  'dejafix.choosePath': 'Choose the Program…',
  'dejafix.getStarted': 'Get Started',
  'dejafix.restart': 'Restart the Server',
  'dejafix.showLog': 'Show the Log',
} as const;

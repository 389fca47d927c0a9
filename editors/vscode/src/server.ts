// Finds the program, runs it as a language server, and starts it again when it
// breaks, but not for ever.
import * as os from 'node:os';
import * as vscode from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type MessageActionItem,
  type Middleware,
  type ConfigurationParams,
  RevealOutputChannelOn,
  type ShowMessageRequestParams,
  State,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { attended } from './documents';
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
    return this.language?.state === State.Running ? this.language : undefined;
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
    const client = this.newClient(found.program);
    this.language = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
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

  private newClient(program: string): LanguageClient {
    const options: LanguageClientOptions = {
      // VS Code sorts by how well a selector fits, then the youngest first. Ours
      // fits worst, so that what others offer stands above; what it takes in
      // too much, `attended` leaves out.
      documentSelector: [{ language: '*' }],
      diagnosticCollectionName: 'dejafix',
      outputChannel: this.log,
      // Nothing of ours pops up unasked but what a person must know.
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ ...this.settings(), trusted: vscode.workspace.isTrusted }),
      initializationFailedHandler: (problem) => {
        this.log.error('the server did not initialize', problem);
        return false;
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      middleware: {
        ...this.middleware,
        ...attendedOnly,
        workspace: {
          configuration: (params: ConfigurationParams) =>
            params.items.map(({ section }) => (section === 'dejafix' ? this.settings() : null)),
        },
      },
    };
    const client = new QuietClient('dejafix', 'Dejafix', { command: program, args: ['serve'] }, options);
    client.registerFeature(experimental);
    client.onRequest('window/showMessageRequest', askPerson);
    client.onNotification('dejafix/status', (status: StatusParams) => this.show(status));
    client.onNotification('dejafix/recurringChanged', () => this.recurring.fire());
    return client;
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
  private closed(): CloseHandlerResult {
    const now = Date.now();
    this.breaks = [...this.breaks.filter((at) => now - at < BROKEN_WITHIN), now];
    if (this.breaks.length <= RESTARTS) {
      this.show({ state: 'starting', text: 'dejafix', tooltip: 'the server stopped by itself and is started again' });
      return { action: CloseAction.Restart, handled: true, message: 'the server stopped by itself; starting it again' };
    }
    this.stopped(`The server stopped by itself ${this.breaks.length} times in three minutes.`);
    return { action: CloseAction.DoNotRestart, handled: true, message: 'the server stopped too often; not started again' };
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
    if (client?.needsStop()) {
      await client.dispose(STOP_WITHIN).catch((problem: unknown) => this.log.debug('stopping the server', problem));
    }
  }

  dispose(): void {
    this.subscriptions.forEach((s) => s.dispose());
  }
}

/** What goes wrong in a request is for the log; of what stops the server the person hears from us. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
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

/** Tells the server that this client knows its own methods. */
const experimental: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), dejafix: { status: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** Keeps documents from the server that are none of its business. */
const attendedOnly: Middleware = {
  didOpen: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  didChange: async (event, next) => {
    if (attended(event.document)) {
      await next(event);
    }
  },
  didSave: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  didClose: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  provideHover: (document, position, token, next) => (attended(document) ? next(document, position, token) : undefined),
};

/**
 * Shows a question of the server. One of several lines lists what would be
 * changed, which a notification would run together: it is a dialog.
 */
async function askPerson({ message, actions }: ShowMessageRequestParams): Promise<MessageActionItem | null> {
  const [first = '', ...rest] = message.replace(/^dejafix: /, '').split('\n');
  const items = (actions ?? []).map((a) => ({ ...a, isCloseAffordance: a.title === 'Cancel' }));
  const chosen =
    rest.length > 0
      ? await vscode.window.showInformationMessage(first, { modal: true, detail: rest.join('\n') }, ...items)
      : await vscode.window.showInformationMessage(`Dejafix: ${first}`, ...items);
  return chosen ? { title: chosen.title } : null;
}

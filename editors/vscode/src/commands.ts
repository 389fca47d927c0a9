// The commands that a person runs.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import type { CodeAction as WireAction } from 'vscode-languageclient/node';
import { pick, suggestionOf } from './actions';
import type { Decisions } from './decisions';
import type { Diagnostics } from './diagnostics';
import type { Output } from './output';
import type { WhyResult } from './protocol';
import type { Node, Recurring } from './recurring';
import type { Server } from './server';
import type { Status } from './status';

/** How long `dejafix doctor` may take, in ms. */
const DOCTOR_WITHIN = 60_000;

/** How long the errors of a file that was just opened may take to be told, in ms. */
const TOLD_WITHIN = 3000;

export interface Parts {
  server: Server;
  recurring: Recurring;
  decisions: Decisions;
  diagnostics: Diagnostics;
  output: Output;
  status: Status;
  log: vscode.LogOutputChannel;
}

export function register(parts: Parts): vscode.Disposable[] {
  const { server, recurring, log } = parts;
  const pages = new Pages();
  const commands: Record<string, (...args: never[]) => unknown> = {
    'dejafix.showRecurring': () => vscode.commands.executeCommand('dejafix.recurring.focus'),
    'dejafix.showMore': () => withCursor((editor) => pick(server, parts.decisions, placeOf(server, editor))),
    'dejafix.explain': (id?: string) => withOffer(server, id, async (offered) => pages.show(server, offered)),
    'dejafix.neverHere': () => withOffer(server, undefined, (offered) => never(server, offered)),
    'dejafix.readTrace': () => readTrace(server, parts.output),
    'dejafix.pauseFolder': () => pause(server, false),
    'dejafix.resumeFolder': () => pause(server, true),
    'dejafix.getStarted': () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', 'dejafix.dejafix#start', false),
    'dejafix.checkInstallation': () => checkInstallation(server, pages),
    'dejafix.choosePath': () => choosePath(),
    'dejafix.restart': () => server.restart(),
    'dejafix.showLog': () => log.show(),
    'dejafix.menu': () => menu(parts),
    'dejafix.view.refresh': () => recurring.refresh(),
    'dejafix.view.jump': (node: Node) => jump(server, node),
    'dejafix.view.repairAll': (node: Node) => repairAll(server, parts.diagnostics, node),
    'dejafix.view.why': async (node: Node) => {
      if (node.kind === 'repair') {
        await pages.show(server, node.repair.pattern);
      }
    },
    'dejafix.view.never': async (node: Node) => {
      if (node.kind === 'repair') {
        await never(server, node.repair.pattern);
        recurring.refresh();
      }
    },
    'dejafix.view.forget': async (node: Node) => {
      await forget(server, node);
      recurring.refresh();
    },
  };
  return [
    pages,
    ...Object.entries(commands).map(([name, run]) =>
      vscode.commands.registerCommand(name, async (...args: never[]) => {
        try {
          await run(...args);
        } catch (problem) {
          log.error(name, problem);
          void vscode.window.showWarningMessage(`Dejafix: ${problem instanceof Error ? problem.message : String(problem)}`);
        }
      }),
    ),
  ];
}

/** Has what was copied read: a stack trace from somewhere else. */
async function readTrace(server: Server, output: Output): Promise<void> {
  const text = await vscode.env.clipboard.readText();
  if (text.trim() === '') {
    void vscode.window.showInformationMessage('Dejafix: the clipboard has no text. Copy a stack trace first.');
    return;
  }
  if (!server.client) {
    throw new Error('The server does not run; "Dejafix: Check the Installation" says why.');
  }
  output.paste(text);
}

async function withCursor(run: (editor: vscode.TextEditor) => Promise<void>): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    void vscode.window.showInformationMessage('Dejafix: put the cursor on an error first.');
    return;
  }
  await run(editor);
}

function placeOf(server: Server, editor: vscode.TextEditor): { uri: string; range: ReturnType<typeof rangeOf> } {
  return { uri: editor.document.uri.toString(), range: rangeOf(editor.selection, server) };
}

function rangeOf(range: vscode.Range, server: Server) {
  const client = server.client;
  if (!client) {
    throw new Error('The server does not run; "Dejafix: Check the Installation" says why.');
  }
  return client.code2ProtocolConverter.asRange(range);
}

/** Runs with an id that was given, else with that of the repair offered at the cursor. */
async function withOffer(server: Server, id: string | undefined, run: (id: string) => Promise<void>): Promise<void> {
  if (typeof id === 'string') {
    await run(id);
    return;
  }
  await withCursor(async (editor) => {
    const { uri, range } = placeOf(server, editor);
    const actions = await server.request<WireAction[] | null>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics: [], triggerKind: 1 },
    });
    const offered = (actions ?? []).map(suggestionOf).find((found) => found !== undefined);
    if (offered === undefined) {
      void vscode.window.showInformationMessage('Dejafix: no repair is offered at the cursor. Put it on an error that came before.');
      return;
    }
    await run(offered);
  });
}

async function never(server: Server, id: string): Promise<void> {
  await server.execute('dejafix.never', id);
  void vscode.window.showInformationMessage('Dejafix: this repair will not be suggested again.');
}

async function forget(server: Server, node: Node): Promise<void> {
  if (node.kind !== 'repair') {
    return;
  }
  const yes = 'Forget';
  const chosen = await vscode.window.showWarningMessage(
    `Forget "${node.repair.title}"?`,
    { modal: true, detail: 'It is deleted from the disk, with the repairs it was learned from, and cannot be brought back.' },
    yes,
  );
  if (chosen === yes) {
    await server.execute('dejafix.forget', node.repair.pattern);
  }
}

async function pause(server: Server, resume: boolean): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  await server.execute('dejafix.pause', { ...(uri?.scheme === 'file' && { uri: uri.toString() }), resume });
  const name = (uri && vscode.workspace.getWorkspaceFolder(uri)?.name) ?? 'this folder';
  void vscode.window.showInformationMessage(
    resume ? `Dejafix: suggestions are on again in ${name}.` : `Dejafix: paused in ${name}. It learns on, and suggests nothing.`,
  );
}

async function jump(server: Server, node: Node): Promise<void> {
  const [place] = node.error.places;
  const convert = server.client?.protocol2CodeConverter;
  if (place && convert) {
    await vscode.window.showTextDocument(convert.asUri(place.uri), { selection: convert.asRange(place.range) });
  }
}

/**
 * Repairs all places of an error that are shown now, by its best repair; the
 * server has the person look first. It begins with a document that is open.
 */
async function repairAll(server: Server, diagnostics: Diagnostics, node: Node): Promise<void> {
  const best = node.error.repairs.find((r) => !r.never);
  const convert = server.client?.protocol2CodeConverter;
  const [first, ...rest] = node.error.places;
  if (!best || !convert || !first) {
    return;
  }
  const isOpen = (uri: vscode.Uri) => vscode.workspace.textDocuments.some((d) => d.uri.toString() === uri.toString());
  const place = [first, ...rest].find((p) => isOpen(convert.asUri(p.uri))) ?? first;
  const uri = convert.asUri(place.uri);
  if (!isOpen(uri)) {
    const told = new Promise<void>((done) => {
      const finish = () => {
        clearTimeout(late);
        subscription.dispose();
        done();
      };
      const late = setTimeout(finish, TOLD_WITHIN);
      const subscription = diagnostics.onSent((sent) => {
        if (sent.toString() === uri.toString()) {
          finish();
        }
      });
    });
    await vscode.window.showTextDocument(uri, { selection: convert.asRange(place.range) });
    await told;
  }
  await server.execute('dejafix.all', { pattern: best.pattern, uri: place.uri });
}

async function choosePath(): Promise<void> {
  const [file] =
    (await vscode.window.showOpenDialog({
      canSelectMany: false,
      openLabel: 'Use This Program',
      title: 'Where is the program dejafix?',
    })) ?? [];
  if (file) {
    await vscode.workspace.getConfiguration('dejafix').update('path', file.fsPath, vscode.ConfigurationTarget.Global);
  }
}

/** Shows what the program says of the machine, or has the person told that it is missing. */
async function checkInstallation(server: Server, pages: Pages): Promise<void> {
  if (server.program === undefined) {
    await server.restart();
  }
  const program = server.program;
  if (program === undefined) {
    return;
  }
  const text = await new Promise<string>((done) => {
    execFile(program, ['doctor'], { timeout: DOCTOR_WITHIN }, (problem, out, err) => {
      done(out + err || `${program} could not be run: ${problem?.message ?? 'it said nothing'}`);
    });
  });
  await pages.text('dejafix doctor.txt', text);
}

async function menu({ status }: Parts): Promise<void> {
  const paused = status.state === 'paused';
  const broken = status.state === 'missing' || status.state === 'stopped' || status.state === 'degraded';
  const items: (vscode.QuickPickItem & { command: string })[] = [
    { label: '$(history) Show Recurring Errors', command: 'dejafix.showRecurring' },
    paused
      ? { label: '$(play) Resume in This Folder', command: 'dejafix.resumeFolder' }
      : { label: '$(debug-pause) Pause in This Folder', command: 'dejafix.pauseFolder' },
    { label: '$(question) Why This Repair?', description: 'at the cursor', command: 'dejafix.explain' },
    { label: '$(pulse) Check the Installation', command: 'dejafix.checkInstallation' },
    { label: '$(output) Show the Log', command: 'dejafix.showLog' },
    { label: '$(rocket) Get Started', command: 'dejafix.getStarted' },
  ];
  if (broken) {
    items.unshift(
      { label: '$(folder-opened) Choose the Program…', command: 'dejafix.choosePath' },
      { label: '$(debug-restart) Restart the Server', command: 'dejafix.restart' },
    );
  }
  const chosen = await vscode.window.showQuickPick(items, { title: 'Dejafix' });
  if (chosen) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

/** Pages that explain a repair, as previews of Markdown. */
class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private count = 0;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider('dejafix', this);

  async show(server: Server, id: string): Promise<void> {
    const { markdown } = await server.request<WhyResult>('dejafix/why', { id });
    // The tab is named after the repair, which the first heading names.
    const title = /^#+ (.+)$/m.exec(markdown)?.[1]?.replace(/[\\/]/g, '') ?? id;
    const uri = vscode.Uri.from({ scheme: 'dejafix', path: `/Why ${title}.md`, query: id });
    this.texts.set(uri.toString(), markdown);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri).then(undefined, async () => {
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
    });
  }

  /** Shows plain text under a name, anew each time. */
  async text(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: 'dejafix', path: `/${name}`, query: String(++this.count) });
    this.texts.set(uri.toString(), text);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? 'This explanation is no longer known. Ask again.';
  }

  dispose(): void {
    this.registration.dispose();
  }
}

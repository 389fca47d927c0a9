// Runs inside VS Code's extension host, beside the extension, and looks at what
// the extension tells the server: terminals, tasks, a debugger, diagnostics,
// undo. Each check prints a line.
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';

interface Message {
  method?: string;
  params: never;
}

/** How long anything may take to come true, in ms. */
const PATIENCE = Number(process.env['DEJAFIX_PATIENCE'] ?? 120) * 1000;

const wire = process.env['DEJAFIX_WIRE'] ?? '';

/** What the extension told the server so far of one method. */
function sent<P>(method: string): P[] {
  const bytes = fs.existsSync(wire) ? fs.readFileSync(wire) : Buffer.alloc(0);
  const params: P[] = [];
  for (let at = 0; ; ) {
    const head = bytes.indexOf('\r\n\r\n', at);
    const length = Number(/Content-Length: (\d+)/i.exec(bytes.toString('latin1', at, Math.max(at, head)))?.[1]);
    if (head < 0 || bytes.length < head + 4 + length) {
      return params;
    }
    const message = JSON.parse(bytes.toString('utf8', head + 4, head + 4 + length)) as Message;
    if (message.method === method) {
      params.push(message.params);
    }
    at = head + 4 + length;
  }
}

async function until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`not within ${PATIENCE / 1000} s: ${what}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

interface Output {
  id: string;
  seq: number;
  final: boolean;
  kind: string;
  command?: string;
  cwd?: string;
  exitCode?: number;
  text: string;
}

/** All that was sent of the command whose line has a text, once it ended. */
async function output(part: string): Promise<{ all: Output[]; text: string; last: Output }> {
  return until(`the output of ${part} was sent`, () => {
    const of = sent<Output>('dejafix/output').filter((o) => o.command?.includes(part));
    const last = of.at(-1);
    return last?.final === true && { all: of, text: of.map((o) => o.text).join(''), last };
  });
}

const folder = () => vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail('no folder is open');

async function shell(terminal: vscode.Terminal): Promise<vscode.TerminalShellIntegration> {
  return until('the shell reports its commands', () => terminal.shellIntegration);
}

interface Reports {
  uri: string;
  version?: number;
  diagnostics: { message: string; source?: string; code?: unknown }[];
}

const checks: Record<string, () => Promise<void>> = {
  'the extension is active and declares no proposed API': async () => {
    const extension = vscode.extensions.getExtension('dejafix.dejafix');
    assert.ok(extension);
    await until('it is active', () => extension.isActive);
    assert.equal((extension.packageJSON as Record<string, unknown>)['enabledApiProposals'], undefined);
    await until('the server was initialized', () => sent('initialized').length > 0);
  },

  'what a command in the terminal prints, and its exit code': async () => {
    const terminal = vscode.window.createTerminal({ name: 'suite' });
    terminal.show();
    const { executeCommand } = await shell(terminal).then((s) => ({ executeCommand: s.executeCommand.bind(s) }));
    executeCommand('for i in 1 2 3; do echo "line $i"; sleep 0.3; done; (exit 3)');
    const { text, last, all } = await output('line $i');
    assert.match(text, /line 1[\s\S]*line 2[\s\S]*line 3/);
    assert.equal(last.exitCode, 3);
    assert.equal(last.kind, 'terminal');
    assert.equal(last.cwd, folder().fsPath);
    assert.deepEqual(
      all.map((o) => o.seq),
      all.map((_, i) => i),
    );
    terminal.dispose();
  },

  'a flood is cut into pieces and its end is kept': async () => {
    const terminal = vscode.window.createTerminal({ name: 'flood' });
    terminal.show();
    (await shell(terminal)).executeCommand('seq 1 400000; echo the-end-ä');
    const { all, text, last } = await output('seq 1 400000');
    assert.equal(last.exitCode, 0);
    assert.match(text, /the-end-ä/);
    for (const { text } of all) {
      assert.ok(Buffer.byteLength(text) <= 64 * 1024, `a piece of ${Buffer.byteLength(text)} bytes`);
    }
    terminal.dispose();
  },

  'a shell task, with what it prints': async () => {
    await runTask(new vscode.ShellExecution('echo task says $((6*7)); sleep 1; exit 2'), 'suite-shell');
    const { text, last } = await output('task says');
    assert.match(text, /task says 42/);
    assert.equal(last.exitCode, 2);
    assert.equal(last.kind, 'task');
  },

  'a process task, with how it ended': async () => {
    await runTask(new vscode.ProcessExecution('/bin/sh', ['-c', 'exit 5']), 'suite-process');
    const last = await until('it was told', () =>
      sent<Output>('dejafix/output').find((o) => o.kind === 'task' && o.exitCode === 5 && o.final),
    );
    assert.equal(last.kind, 'task');
  },

  'where js-debug stopped at an exception, and no value of a variable': async () => {
    const program = path.join(folder().fsPath, 'crash.js');
    fs.writeFileSync(
      program,
      `function total(order) {
  const secret = 'hunter2-of-nobody';
  const missing = null;
  let later;
  return order.items.length + secret.length + missing + later;
}
setTimeout(() => total({}), 3000);
`,
    );
    // A person ticks "Uncaught Exceptions" in the view of breakpoints.
    const ticked = vscode.debug.onDidStartDebugSession((session) => {
      void session.customRequest('setExceptionBreakpoints', { filters: ['uncaught'] });
    });
    assert.ok(
      await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
        type: 'node',
        request: 'launch',
        name: 'suite',
        program,
        pauseForSourceMap: false,
        console: 'internalConsole',
      }),
    );
    interface Exception {
      language?: string;
      type: string;
      message: string;
      frames: { name: string; file?: string; line?: number; locals?: Record<string, { type: string; null?: boolean }> }[];
    }
    const exception = await until('it was told', () => sent<Exception>('dejafix/exception')[0]);
    ticked.dispose();
    await vscode.debug.stopDebugging();
    assert.equal(exception.language, 'javascript');
    assert.equal(exception.type, 'TypeError');
    assert.match(exception.message, /^Cannot read properties of undefined/);
    const [frame] = exception.frames;
    assert.match(frame?.name ?? '', /total/);
    assert.equal(frame?.line, 5);
    assert.equal(frame?.file, program);
    assert.deepEqual(frame?.locals?.['missing'], { type: frame?.locals?.['missing']?.type, null: true });
    assert.equal(frame?.locals?.['later']?.null, true);
    assert.deepEqual(frame?.locals?.['secret'], { type: 'string', null: false });
    assert.ok(!JSON.stringify(exception).includes('hunter2'), 'a value was sent');
  },

  'diagnostics of others are forwarded whole, and ours are not': async () => {
    const uri = vscode.Uri.joinPath(folder(), 'src/server.ts');
    const document = await vscode.workspace.openTextDocument(uri);
    const one = vscode.languages.createDiagnosticCollection('one');
    const two = vscode.languages.createDiagnosticCollection('two');
    const at = new vscode.Range(0, 0, 0, 6);
    const of = (source: string) => {
      const d = new vscode.Diagnostic(at, `${source} says so`, vscode.DiagnosticSeverity.Warning);
      d.source = source;
      d.code = { value: 'X1', target: vscode.Uri.parse('https://example.org') };
      return d;
    };
    one.set(uri, [of('one')]);
    two.set(uri, [of('two'), of('dejafix')]);
    const latest = () => sent<Reports>('dejafix/diagnostics').findLast((r) => r.uri === uri.toString());
    const both = await until('both were sent', () => {
      const found = latest();
      return found?.diagnostics.length === 2 && found;
    });
    assert.deepEqual(both.diagnostics.map((d) => d.source).sort(), ['one', 'two']);
    assert.equal(both.version, document.version);
    assert.equal(both.diagnostics[0]?.code, 'X1');
    one.clear();
    await until('one is gone', () => latest()?.diagnostics.length === 1);
    two.clear();
    await until('all are gone', () => latest()?.diagnostics.length === 0);
    const before = sent('dejafix/diagnostics').length;
    one.set(uri, []);
    one.dispose();
    two.dispose();
    assert.equal(sent('dejafix/diagnostics').length, before, 'nothing new was said again');
  },

  'of files that are not open too, but not of secrets': async () => {
    const lint = vscode.languages.createDiagnosticCollection('lint');
    const closed = vscode.Uri.joinPath(folder(), 'src/retry.ts');
    const secret = vscode.Uri.joinPath(folder(), '.env.local');
    const d = () => new vscode.Diagnostic(new vscode.Range(1, 0, 1, 3), 'odd');
    lint.set(secret, [d()]);
    lint.set(closed, [d()]);
    const report = await until('it was sent', () =>
      sent<Reports>('dejafix/diagnostics').findLast((r) => r.uri === closed.toString() && r.diagnostics.length === 1),
    );
    assert.equal(report.version, undefined);
    lint.clear();
    await until('it was cleared', () => sent<Reports>('dejafix/diagnostics').findLast((r) => r.uri === closed.toString())?.diagnostics.length === 0);
    lint.dispose();
    assert.equal(sent<Reports>('dejafix/diagnostics').find((r) => r.uri === secret.toString()), undefined);
  },

  'what others offer for an error is told, and the server is not asked for it': async () => {
    const uri = vscode.Uri.joinPath(folder(), 'src/server.ts');
    const at = new vscode.Range(5, 9, 5, 15);
    const provider = vscode.languages.registerCodeActionsProvider(
      { language: 'typescript' },
      {
        provideCodeActions: (_, range) => {
          if (!range.isEqual(at)) {
            return [];
          }
          const action = new vscode.CodeAction('Rename it to serve', vscode.CodeActionKind.QuickFix);
          action.edit = new vscode.WorkspaceEdit();
          action.edit.replace(uri, at, 'serve');
          return [action];
        },
      },
    );
    const asked = () => sent<{ range: unknown }>('textDocument/codeAction').filter((p) => JSON.stringify(p.range) === JSON.stringify(wireRange(at)));
    const before = asked().length;
    await vscode.window.showTextDocument(uri);
    const lint = vscode.languages.createDiagnosticCollection('lint');
    lint.set(uri, [new vscode.Diagnostic(at, 'a poor name')]);
    interface Peer {
      uri: string;
      version: number;
      titles: string[];
      edits: { changes: Record<string, { newText: string }[]> }[];
    }
    const peer = await until('it was told', () => sent<Peer>('dejafix/peerActions').find((p) => p.titles.includes('Rename it to serve')));
    assert.equal(peer.uri, uri.toString());
    assert.equal(peer.edits.some((e) => e.changes[uri.toString()]?.[0]?.newText === 'serve'), true);
    assert.equal(asked().length, before, 'our own question reached the server');
    provider.dispose();
    lint.dispose();
  },
};

function wireRange({ start, end }: vscode.Range): unknown {
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}

async function runTask(execution: vscode.ShellExecution | vscode.ProcessExecution, name: string): Promise<void> {
  const task = new vscode.Task({ type: 'suite' }, vscode.TaskScope.Workspace, name, 'suite', execution);
  const ended = new Promise<void>((done) => {
    const subscription = vscode.tasks.onDidEndTaskProcess((e) => {
      if (e.execution.task.name === name) {
        subscription.dispose();
        done();
      }
    });
  });
  await vscode.tasks.executeTask(task);
  await ended;
}

/** What VS Code calls; it throws when a check failed. */
export async function run(): Promise<void> {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok ${name}`);
    } catch (problem) {
      failed++;
      const message = problem instanceof Error ? problem.message : String(problem);
      console.log(`FAIL ${name}: ${message.split('\n').join(' | ')}`);
    }
  }
  if (failed > 0) {
    throw new Error(`${failed} checks failed`);
  }
}

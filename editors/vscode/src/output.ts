// Passes on what commands print in terminals and tasks. The server reads it in
// memory and keeps none of it.
import * as vscode from 'vscode';
import { chunks, tail } from './chunks';
import type { OutputParams } from './protocol';
import type { Wire } from './wire';

/** How long printed text waits for more, in ms. */
const FLUSH = 250;

/** How long the text of a command that ended may take to come, in ms. */
const DRAIN = 2000;

/** What one command prints. */
class Printed {
  private text = '';
  private seq = 0;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly wire: Wire,
    private readonly head: () => Pick<OutputParams, 'id' | 'kind' | 'command' | 'cwd'>,
  ) {}

  add(text: string): void {
    // What comes faster than it is sent is kept as the server keeps it: its end.
    this.text = tail(this.text + text);
    if (!this.ended) {
      this.timer ??= setTimeout(() => this.flush(), FLUSH);
    }
  }

  end(exitCode: number | undefined): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    this.flush();
    this.send('', true, exitCode);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = this.text;
    this.text = '';
    chunks(text).forEach((piece) => this.send(piece, false));
  }

  private send(text: string, final: boolean, exitCode?: number): void {
    const params: OutputParams = {
      ...this.head(),
      seq: this.seq++,
      final,
      ...(exitCode !== undefined && { exitCode }),
      text,
    };
    this.wire.notify('dejafix/output', params);
  }

  dispose(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }
}

export class Output implements vscode.Disposable {
  private count = 0;
  private readonly running = new Map<vscode.TerminalShellExecution, { printed: Printed; drained: Promise<void> }>();
  /** Tasks whose terminal reports commands, which say more than the exit code. */
  private readonly heard = new Set<vscode.TaskExecution>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly wire: Wire) {
    this.subscriptions = [
      vscode.window.onDidStartTerminalShellExecution((e) => this.started(e)),
      vscode.window.onDidEndTerminalShellExecution((e) => void this.finished(e.execution, e.exitCode)),
      vscode.tasks.onDidEndTaskProcess((e) => this.taskEnded(e)),
      vscode.tasks.onDidEndTask((e) => this.heard.delete(e.execution)),
    ];
  }

  private started(e: vscode.TerminalShellExecutionStartEvent): void {
    // At once: what was printed before is not given.
    const stream = e.execution.read();
    const id = this.id();
    let task = taskOf(e.terminal);
    // Where the command runs, and the terminal's name, are often known a moment
    // after it started.
    const printed = new Printed(this.wire, () => {
      task ??= taskOf(e.terminal);
      if (task) {
        this.heard.add(task);
      }
      const cwd = (e.execution.cwd ?? e.shellIntegration.cwd)?.fsPath;
      return {
        id,
        kind: task ? 'task' : 'terminal',
        command: e.execution.commandLine.value,
        ...(cwd !== undefined && { cwd }),
      };
    });
    const drained = (async () => {
      for await (const text of stream) {
        printed.add(text);
      }
    })();
    drained.catch(() => undefined); // the terminal went away
    this.running.set(e.execution, { printed, drained });
  }

  private async finished(execution: vscode.TerminalShellExecution, exitCode: number | undefined): Promise<void> {
    const command = this.running.get(execution);
    this.running.delete(execution);
    if (command) {
      await Promise.race([command.drained.catch(() => undefined), new Promise((done) => setTimeout(done, DRAIN))]);
      command.printed.end(exitCode);
    }
  }

  /** Of a task that is a process of its own nothing is known but how it ended. */
  private taskEnded(e: vscode.TaskProcessEndEvent): void {
    if (this.heard.has(e.execution)) {
      return;
    }
    const cwd = folderOf(e.execution.task);
    const id = this.id();
    const command = e.execution.task.name;
    new Printed(this.wire, () => ({ id, kind: 'task', command, ...(cwd !== undefined && { cwd }) })).end(e.exitCode);
  }

  /** Has a text read as if a command had printed it; the server leads to what failed. */
  paste(text: string): void {
    const editor = vscode.window.activeTextEditor?.document.uri;
    const folder = (editor && vscode.workspace.getWorkspaceFolder(editor)) ?? vscode.workspace.workspaceFolders?.[0];
    const id = this.id();
    const printed = new Printed(this.wire, () => ({ id, kind: 'paste', ...(folder && { cwd: folder.uri.fsPath }) }));
    printed.add(text);
    printed.end(undefined);
  }

  private id(): string {
    return `vscode-${process.pid}-${++this.count}`;
  }

  dispose(): void {
    this.running.forEach(({ printed }) => printed.dispose());
    this.subscriptions.forEach((s) => s.dispose());
  }
}

/** The task that runs in a terminal: VS Code names the terminal after it. */
function taskOf(terminal: vscode.Terminal): vscode.TaskExecution | undefined {
  const names = [terminal.name, terminal.creationOptions.name ?? ''];
  return vscode.tasks.taskExecutions.find(({ task }) =>
    names.some((name) => name === task.name || name.endsWith(` - ${task.name}`)),
  );
}

function folderOf(task: vscode.Task): string | undefined {
  return typeof task.scope === 'object' ? task.scope.uri.fsPath : vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

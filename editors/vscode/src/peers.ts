// Asks what others offer for an error, so that ours is not shown beside the
// same thing. Nobody waits for it: the question comes when a document has been
// left alone for a while, and is dropped as soon as it is not.
import * as vscode from 'vscode';
import type { PeerActionsParams } from './protocol';
import type { Wire } from './wire';

/** How long a document and its diagnostics must stay as they are, in ms. */
const SETTLED = 700;

/** How many errors of one text are asked about, those nearest the cursor. */
const AT_MOST = 5;

/** How many of the answers to one question others may have to fill in. */
const RESOLVE = 3;

export class Peers implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  /** The places that are being asked about, which ours does not answer. */
  private readonly asking = new Set<string>();
  /** What was asked in the document of `asked`, at its version. */
  private done = new Set<string>();
  private asked = '';
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly wire: Wire,
    onSent: vscode.Event<vscode.Uri>,
  ) {
    this.subscriptions = [
      onSent((uri) => {
        if (vscode.window.activeTextEditor?.document.uri.toString() === uri.toString()) {
          this.later();
        }
      }),
      vscode.workspace.onDidChangeTextDocument((e) => {
        if (e.document === vscode.window.activeTextEditor?.document && e.contentChanges.length > 0) {
          this.later();
        }
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.later()),
    ];
  }

  /**
   * Whether a question for code actions is our own, which the server must not
   * hear of: it would take it for a person's.
   */
  isOwnQuestion(document: vscode.TextDocument, range: vscode.Range, context: vscode.CodeActionContext): boolean {
    return (
      this.asking.size > 0 &&
      context.only?.value === vscode.CodeActionKind.QuickFix.value &&
      this.asking.has(place(document.uri, range))
    );
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), SETTLED);
  }

  private async ask(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !this.wire.client || this.asking.size > 0) {
      return;
    }
    const { document } = editor;
    const version = document.version;
    const text = `${document.uri.toString()} ${version}`;
    if (this.asked !== text) {
      this.asked = text;
      this.done = new Set();
    }
    const line = editor.selection.active.line;
    const open = vscode.languages
      .getDiagnostics(document.uri)
      .filter((d) => d.severity <= vscode.DiagnosticSeverity.Warning)
      .sort((a, b) => Math.abs(a.range.start.line - line) - Math.abs(b.range.start.line - line))
      .slice(0, AT_MOST);
    for (const { range } of open) {
      if (document.version !== version || document.isClosed) {
        return;
      }
      const at = place(document.uri, range);
      if (!this.done.has(at)) {
        this.done.add(at);
        await this.askAt(document, range, version);
      }
    }
  }

  private async askAt(document: vscode.TextDocument, range: vscode.Range, version: number): Promise<void> {
    const at = place(document.uri, range);
    this.asking.add(at);
    let actions: (vscode.CodeAction | vscode.Command)[] | undefined;
    try {
      actions = await vscode.commands.executeCommand(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
        vscode.CodeActionKind.QuickFix.value,
        RESOLVE,
      );
    } catch {
      // Another extension's failure is not ours to report.
    } finally {
      this.asking.delete(at);
    }
    const client = this.wire.client;
    if (!actions?.length || !client || document.version !== version) {
      return;
    }
    const edits = actions.flatMap((a) => ('edit' in a && a.edit ? [a.edit] : []));
    const params: PeerActionsParams = {
      uri: client.code2ProtocolConverter.asUri(document.uri),
      version,
      range: client.code2ProtocolConverter.asRange(range),
      titles: actions.map((a) => a.title),
      edits: edits.map((edit) => ({
        changes: Object.fromEntries(
          edit
            .entries()
            .map(([uri, list]) => [client.code2ProtocolConverter.asUri(uri), list.map((e) => client.code2ProtocolConverter.asTextEdit(e))]),
        ),
      })),
    };
    this.wire.notify('dejafix/peerActions', params);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscriptions.forEach((s) => s.dispose());
  }
}

function place(uri: vscode.Uri, { start, end }: vscode.Range): string {
  return `${uri.toString()} ${start.line}:${start.character}-${end.line}:${end.character}`;
}

// Notices what becomes of an edit of ours. That it was made, the action's own
// command says; that it was taken back, only the editor knows.
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { DecisionParams } from './protocol';
import type { Wire } from './wire';

/** How long an undo speaks of the repair, in ms: the server's ten minutes. */
const UNDO_WITHIN = 10 * 60 * 1000;

/** How many edits are remembered. */
const AT_MOST = 100;

interface Made {
  ids: string[];
  uri: string;
  /** Digest of the text before the edit. */
  before: string;
  at: number;
}

export class Decisions implements vscode.Disposable {
  /** Edits that were shown to the editor, by the ids they are for. */
  private readonly expected = new Map<string, Made[]>();
  private made: Made[] = [];
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly wire: Wire,
    private readonly now: () => number = Date.now,
  ) {
    this.subscription = vscode.workspace.onDidChangeTextDocument((e) => {
      if (e.reason === vscode.TextDocumentChangeReason.Undo && e.contentChanges.length > 0) {
        this.undid(e.document);
      }
    });
  }

  /** An action with the ids got its edit, which the editor is about to make. */
  expect(ids: string[], edit: vscode.WorkspaceEdit): void {
    const key = ids.join(' ');
    this.expected.delete(key);
    const list: Made[] = [];
    for (const [uri] of edit.entries()) {
      const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
      if (document) {
        list.push({ ids, uri: uri.toString(), before: digest(document), at: this.now() });
      }
    }
    this.expected.set(key, list);
    for (const oldest of this.expected.keys()) {
      if (this.expected.size <= AT_MOST) {
        break;
      }
      this.expected.delete(oldest);
    }
  }

  /** The edit with the ids was made; false when there was none to make. */
  applied(ids: string[]): boolean {
    const key = ids.join(' ');
    const edits = this.expected.get(key);
    this.expected.delete(key);
    this.made = [...this.made, ...(edits ?? []).map((edit) => ({ ...edit, at: this.now() }))].slice(-AT_MOST);
    return edits !== undefined;
  }

  /** Tells the server what a person decided about a suggestion. */
  tell(id: string, verdict: DecisionParams['verdict']): void {
    this.wire.notify('dejafix/decision', { id, verdict } satisfies DecisionParams);
  }

  /**
   * An undo takes back our edit when the text is again what it was before it,
   * however many other edits were taken back on the way.
   */
  private undid(document: vscode.TextDocument): void {
    const now = this.now();
    this.made = this.made.filter((m) => now - m.at < UNDO_WITHIN);
    const uri = document.uri.toString();
    if (!this.made.some((m) => m.uri === uri)) {
      return;
    }
    const text = digest(document);
    const undone = this.made.filter((m) => m.uri === uri && m.before === text);
    this.made = this.made.filter((m) => !undone.includes(m));
    for (const id of new Set(undone.flatMap((m) => m.ids))) {
      this.tell(id, 'undone');
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function digest(document: vscode.TextDocument): string {
  return createHash('sha256').update(document.getText()).digest('base64');
}

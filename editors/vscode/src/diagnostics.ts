// Forwards what other extensions report. All that learning needs is here.
import * as vscode from 'vscode';
import { attended } from './documents';
import { type DiagnosticsParams, SOURCE } from './protocol';
import type { Wire } from './wire';

/**
 * How long a document's diagnostics must stay as they are before they are sent,
 * in ms: TypeScript publishes syntax, semantics and suggestions one after the
 * other within a few ms. VS Code itself gathers changes for 50 ms.
 */
const SETTLE = 50;

/** After this long, in ms, they are sent though they still change. */
const AT_MOST = 500;

interface Waiting {
  params: DiagnosticsParams;
  since: number;
  timer: NodeJS.Timeout;
}

export class Diagnostics implements vscode.Disposable {
  private readonly waiting = new Map<string, Waiting>();
  /** What was said last of each document, as text. */
  private readonly sent = new Map<string, string>();
  private readonly subscriptions: vscode.Disposable[];
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();

  /** The diagnostics of a document were sent. */
  readonly onSent = this.changed.event;

  constructor(private readonly wire: Wire) {
    this.subscriptions = [
      vscode.languages.onDidChangeDiagnostics((e) => e.uris.forEach((uri) => this.note(uri))),
      vscode.workspace.onDidOpenTextDocument((document) => this.again(document.uri)),
      vscode.workspace.onDidCloseTextDocument((document) => this.sent.delete(document.uri.toString())),
      wire.onStart(() => {
        this.sent.clear();
        vscode.languages.getDiagnostics().forEach(([uri]) => this.note(uri));
      }),
    ];
  }

  /** Takes what stands in a document now, with the version that it is said of. */
  private note(uri: vscode.Uri): void {
    const client = this.wire.client;
    if (!client) {
      return;
    }
    const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
    // A file that is not open is of interest where it belongs to the workspace:
    // compilers speak of whole projects.
    if (!attended(document ?? { uri }) || (!document && !vscode.workspace.getWorkspaceFolder(uri))) {
      return;
    }
    const params: DiagnosticsParams = {
      uri: client.code2ProtocolConverter.asUri(uri),
      ...(document && { version: document.version }),
      diagnostics: vscode.languages
        .getDiagnostics(uri)
        .filter((d) => d.source !== SOURCE)
        .map((d) => client.code2ProtocolConverter.asDiagnostic(d)),
    };
    const key = uri.toString();
    const before = this.waiting.get(key);
    clearTimeout(before?.timer);
    const since = before?.since ?? Date.now();
    const wait = Math.max(0, Math.min(SETTLE, since + AT_MOST - Date.now()));
    this.waiting.set(key, { params, since, timer: setTimeout(() => this.send(uri), wait) });
  }

  private send(uri: vscode.Uri): void {
    const key = uri.toString();
    const params = this.waiting.get(key)?.params;
    this.waiting.delete(key);
    if (!params) {
      return;
    }
    const text = JSON.stringify(params);
    const before = this.sent.get(key);
    // The same set for a newer text is news. Nothing where nothing was is not.
    if (before === text || (before === undefined && params.diagnostics.length === 0)) {
      return;
    }
    if (params.version === undefined && params.diagnostics.length === 0) {
      this.sent.delete(key); // nothing to keep of files that are in order
    } else {
      this.sent.set(key, text);
    }
    this.wire.notify('dejafix/diagnostics', params);
    this.changed.fire(uri);
  }

  /** Says anew what stands in a document that the server takes over from the disk. */
  private again(uri: vscode.Uri): void {
    this.sent.delete(uri.toString());
    this.note(uri);
  }

  dispose(): void {
    this.waiting.forEach(({ timer }) => clearTimeout(timer));
    this.waiting.clear();
    this.changed.dispose();
    this.subscriptions.forEach((s) => s.dispose());
  }
}

// The view "Recurring Errors": what comes again and again, where it is now, and
// how it was repaired.
import * as vscode from 'vscode';
import type { RecurringError, RecurringRepair, RecurringResult } from './protocol';
import { ago, counts, heldOf, ruleName } from './words';
import type { Wire } from './wire';

/** How many errors are asked for. */
const LIMIT = 50;

export type Node =
  | { kind: 'error'; error: RecurringError }
  | { kind: 'repair'; error: RecurringError; repair: RecurringRepair }
  | { kind: 'place'; error: RecurringError; uri: vscode.Uri; range: vscode.Range };

export class Recurring implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: vscode.Disposable[];
  /** Something changed while nobody looked. */
  private stale = false;

  constructor(private readonly wire: Wire) {
    this.view = vscode.window.createTreeView('dejafix.recurring', { treeDataProvider: this });
    this.subscriptions = [
      this.view,
      this.changed,
      this.view.onDidChangeVisibility(() => {
        if (this.stale) {
          this.refresh();
        }
      }),
      wire.onStart(() => this.refresh()),
    ];
  }

  /** Asks anew, when somebody looks. */
  refresh(): void {
    this.stale = !this.view.visible;
    if (this.view.visible) {
      this.changed.fire(undefined);
    }
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node?.kind === 'error') {
      return inside(node.error, this.wire);
    }
    if (node || !this.wire.client) {
      return [];
    }
    try {
      const { errors } = await this.wire.request<RecurringResult>('dejafix/recurring', { limit: LIMIT });
      this.view.message = '';
      return errors.map((error) => ({ kind: 'error', error }));
    } catch (problem) {
      this.view.message = problem instanceof Error ? problem.message : String(problem);
      return [];
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'error':
        return errorItem(node.error);
      case 'repair':
        return repairItem(node.error, node.repair);
      case 'place':
        return placeItem(node.uri, node.range);
    }
  }

  getParent(node: Node): Node | undefined {
    return node.kind === 'error' ? undefined : { kind: 'error', error: node.error };
  }

  dispose(): void {
    this.subscriptions.forEach((s) => s.dispose());
  }
}

function inside(error: RecurringError, wire: Wire): Node[] {
  const repairs = error.repairs.map((repair): Node => ({ kind: 'repair', error, repair }));
  const convert = wire.client?.protocol2CodeConverter;
  const places = convert
    ? error.places.map((p): Node => ({ kind: 'place', error, uri: convert.asUri(p.uri), range: convert.asRange(p.range) }))
    : [];
  return [...repairs, ...places];
}

function errorItem(error: RecurringError): vscode.TreeItem {
  const here = error.places.length > 0;
  const inside = here || error.repairs.length > 0;
  const item = new vscode.TreeItem(
    error.message,
    inside ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  item.id = error.id;
  item.description = counts(error);
  item.iconPath = here
    ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
    : new vscode.ThemeIcon('pass');
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(error.message);
  tooltip.appendMarkdown('\n\n');
  tooltip.appendText(`${ruleName(error)}, ${error.language}: ${counts(error)}, last ${ago(error.last, Date.now())}`);
  item.tooltip = tooltip;
  const open = error.repairs.some((r) => !r.never);
  item.contextValue = ['error', here ? 'here' : '', here && open ? 'repairable' : ''].filter(Boolean).join('.');
  return item;
}

function repairItem(error: RecurringError, repair: RecurringRepair): vscode.TreeItem {
  const item = new vscode.TreeItem(repair.title);
  item.id = `${error.id} ${repair.pattern}`;
  item.description = heldOf(repair);
  item.iconPath = new vscode.ThemeIcon(repair.never ? 'circle-slash' : 'wrench');
  item.tooltip = new vscode.MarkdownString().appendText(`${repair.title} (${heldOf(repair)})`);
  item.contextValue = repair.never ? 'repair.never' : 'repair';
  item.command = { title: 'Why This Repair', command: 'dejafix.view.why', arguments: [{ kind: 'repair', error, repair }] };
  return item;
}

function placeItem(uri: vscode.Uri, range: vscode.Range): vscode.TreeItem {
  const name = vscode.workspace.asRelativePath(uri);
  const item = new vscode.TreeItem(`${name.slice(name.lastIndexOf('/') + 1)}:${range.start.line + 1}`);
  const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  item.description = folder;
  item.iconPath = new vscode.ThemeIcon('go-to-file');
  item.tooltip = name;
  item.contextValue = 'place';
  item.command = { title: 'Go to the Error', command: 'vscode.open', arguments: [uri, { selection: range }] };
  return item;
}

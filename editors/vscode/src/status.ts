// The item in the status bar.
import * as vscode from 'vscode';
import type { StatusParams } from './protocol';

const ICONS: Record<string, string> = {
  ready: '$(history)',
  starting: '$(sync~spin)',
  paused: '$(debug-pause)',
  degraded: '$(warning)',
  stopped: '$(error)',
  missing: '$(error)',
};

export class Status implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private current: StatusParams = { state: 'starting', text: 'dejafix', tooltip: 'dejafix starts' };

  constructor() {
    this.item = vscode.window.createStatusBarItem('dejafix.status', vscode.StatusBarAlignment.Right, 50);
    this.item.name = 'Dejafix';
    this.item.command = 'dejafix.menu';
    this.show(this.current);
    this.item.show();
  }

  get state(): string {
    return this.current.state;
  }

  show(status: StatusParams): void {
    this.current = status;
    this.item.text = `${ICONS[status.state] ?? '$(history)'} ${status.text}`;
    this.item.tooltip = status.tooltip;
    this.item.accessibilityInformation = { label: `${status.text}: ${status.tooltip}` };
    const bad = status.state === 'degraded' || status.state === 'stopped' || status.state === 'missing';
    this.item.backgroundColor = bad ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}

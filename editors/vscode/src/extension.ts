// The extension: it watches what the editor shows, tells the server, and shows
// what the server says. What an error is, what repairs it and what is worth
// showing, the server alone knows.
import * as vscode from 'vscode';
import { middleware } from './actions';
import { register } from './commands';
import { Debugging } from './debug';
import { Decisions } from './decisions';
import { Diagnostics } from './diagnostics';
import { Output } from './output';
import { Peers } from './peers';
import { Recurring } from './recurring';
import { Server } from './server';
import { Status } from './status';

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Dejafix', { log: true });
  const server: Server = new Server(
    context,
    log,
    middleware({ wire: () => server, peers: () => peers, decisions: () => decisions }),
  );
  const status = new Status();
  const diagnostics = new Diagnostics(server);
  const peers = new Peers(server, diagnostics.onSent);
  const decisions = new Decisions(server);
  const recurring = new Recurring(server);
  const output = new Output(server);
  context.subscriptions.push(
    log,
    server,
    status,
    diagnostics,
    peers,
    decisions,
    recurring,
    output,
    new Debugging(server),
    server.onStatus((s) => status.show(s)),
    server.onRecurringChanged(() => recurring.refresh()),
    ...register({ server, recurring, decisions, diagnostics, output, status, log }),
  );
  running = server;
  void server.start();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

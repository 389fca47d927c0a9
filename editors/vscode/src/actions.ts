// What happens around the code actions: the client's own part of the loop.
import * as vscode from 'vscode';
import type { CodeAction as WireAction, Middleware, Range as WireRange } from 'vscode-languageclient/node';
import type { Decisions } from './decisions';
import { attended } from './documents';
import type { Peers } from './peers';
import type { Wire } from './wire';

/**
 * How long the menu waits for us, in ms. The server answers from what it has
 * computed, in under one; if it hangs, the others' actions must not.
 */
const PATIENCE = 150;

export interface Parts {
  wire(): Wire;
  peers(): Peers;
  decisions(): Decisions;
}

/** What runs between VS Code and the server. It adds nothing that waits. */
export function middleware({ wire, peers, decisions }: Parts): Middleware {
  return {
    provideCodeActions: async (document, range, context, token, next) => {
      if (!wire().client || !attended(document) || peers().isOwnQuestion(document, range, context)) {
        return [];
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((done) => {
        timer = setTimeout(() => done(undefined), PATIENCE);
      });
      try {
        return await Promise.race([next(document, range, context, token), late]);
      } finally {
        clearTimeout(timer);
      }
    },
    resolveCodeAction: async (item, token, next) => {
      const client = wire().client;
      if (!client) {
        return next(item, token);
      }
      try {
        const asked = client.code2ProtocolConverter.asCodeActionSync(item);
        const answer = await client.sendRequest<WireAction>('codeAction/resolve', asked, token);
        const action = await client.protocol2CodeConverter.asCodeAction(answer, token);
        if (action.edit && action.command) {
          decisions().expect(idsOf(action.command), action.edit);
        }
        return action;
      } catch (problem) {
        // VS Code would say nothing, and a person wonder.
        if (!token.isCancellationRequested) {
          void vscode.window.showInformationMessage(`Dejafix: ${problem instanceof Error ? problem.message : String(problem)}`);
        }
        return item;
      }
    },
    executeCommand: async (command, args: unknown[], next) => {
      switch (command) {
        case 'dejafix.applied': {
          // VS Code runs an action's command even where its edit could not be had.
          const ids = args.filter((a): a is string => typeof a === 'string');
          return decisions().applied(ids) ? next(command, args) : undefined;
        }
        case 'dejafix.more': {
          const [place] = args as [{ uri: string; range: WireRange } | undefined];
          return place ? pick(wire(), decisions(), place) : next(command, args);
        }
        default:
          return next(command, args);
      }
    },
  };
}

/** The ids of the suggestions that an action is for. */
function idsOf(command: vscode.Command): string[] {
  return (command.arguments ?? []).filter((a): a is string => typeof a === 'string');
}

interface Entry extends vscode.QuickPickItem {
  action?: WireAction;
}

const WHY: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('question'), tooltip: 'Why This Repair?' };

/** Lets the person choose among all repairs at a place. */
export async function pick(wire: Wire, decisions: Decisions, place: { uri: string; range: WireRange }): Promise<void> {
  const actions = await wire.execute<WireAction[]>('dejafix.more', { ...place, pick: true });
  if (actions.length === 0) {
    void vscode.window.showInformationMessage('Dejafix: there are no more repairs here.');
    return;
  }
  const chosen = await choose(actions);
  if (!chosen) {
    return;
  }
  if (!chosen.action) {
    actions.forEach((a) => {
      const id = suggestionOf(a);
      if (id !== undefined) {
        decisions.tell(id, 'dismissed');
      }
    });
    return;
  }
  const client = wire.client;
  const answer = await wire.request<WireAction>('codeAction/resolve', chosen.action);
  const action = client && (await client.protocol2CodeConverter.asCodeAction(answer));
  if (action?.edit) {
    const ids = action.command ? idsOf(action.command) : [];
    decisions.expect(ids, action.edit);
    if ((await vscode.workspace.applyEdit(action.edit)) && decisions.applied(ids)) {
      ids.forEach((id) => decisions.tell(id, 'applied'));
    }
  }
}

function choose(actions: WireAction[]): Promise<Entry | undefined> {
  const picker = vscode.window.createQuickPick<Entry>();
  picker.title = 'Repairs for this error';
  picker.placeholder = 'Choose the repair to apply';
  picker.items = [
    ...actions.map((action): Entry => {
      const { title, history } = parts(action.title);
      return {
        label: title,
        ...(history !== '' && { description: history }),
        ...(action.disabled && { detail: action.disabled.reason }),
        buttons: [WHY],
        action,
      };
    }),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: 'None of these', description: 'suggest them less in this file' },
  ];
  return new Promise((done) => {
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (chosen && !chosen.action?.disabled) {
        done(chosen);
        picker.hide();
      }
    });
    picker.onDidTriggerItemButton(({ item }) => {
      const id = item.action && suggestionOf(item.action);
      if (id !== undefined) {
        void vscode.commands.executeCommand('dejafix.explain', id);
      }
    });
    picker.onDidHide(() => {
      done(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** "Wrap in String (learned, 3 of 4 held)" in its two halves. */
function parts(title: string): { title: string; history: string } {
  const found = /^(.*) \(([^()]*)\)$/.exec(title);
  return found ? { title: found[1] ?? title, history: found[2] ?? '' } : { title, history: '' };
}

/** The id in an action's data. */
export function suggestionOf(action: { data?: unknown }): string | undefined {
  const data = action.data as { dejafix?: { id?: string } } | undefined;
  return data?.dejafix?.id;
}

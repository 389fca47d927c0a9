// The language client. This module is read late: see Server.load.
import * as vscode from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  type ConfigurationParams,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type MessageActionItem,
  type Middleware,
  RevealOutputChannelOn,
  type ShowMessageRequestParams,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { attended } from './documents';
import type { StatusParams } from './protocol';

export { CloseAction };

/** What the client needs of who starts it. */
export interface Owner {
  log: vscode.LogOutputChannel;
  middleware: Middleware;
  settings(): Record<string, unknown>;
  closed(): CloseHandlerResult;
  status(status: StatusParams): void;
  recurringChanged(): void;
}

export function newClient(program: string, owner: Owner): LanguageClient {
  const options: LanguageClientOptions = {
    // VS Code sorts by how well a selector fits, then the youngest first. Ours
    // fits worst, so that what others offer stands above; what it takes in
    // too much, `attended` leaves out.
    documentSelector: [{ language: '*' }],
    diagnosticCollectionName: 'dejafix',
    outputChannel: owner.log,
    // Nothing of ours pops up unasked but what a person must know.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: () => ({ ...owner.settings(), trusted: vscode.workspace.isTrusted }),
    initializationFailedHandler: (problem) => {
      owner.log.error('the server did not initialize', problem);
      return false;
    },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => owner.closed(),
    },
    middleware: {
      ...owner.middleware,
      ...attendedOnly,
      workspace: {
        configuration: (params: ConfigurationParams) =>
          params.items.map(({ section }) => (section === 'dejafix' ? owner.settings() : null)),
      },
    },
  };
  const client = new QuietClient('dejafix', 'Dejafix', { command: program, args: ['serve'] }, options);
  client.registerFeature(experimental);
  client.onRequest('window/showMessageRequest', askPerson);
  client.onNotification('dejafix/status', (status: StatusParams) => owner.status(status));
  client.onNotification('dejafix/recurringChanged', () => owner.recurringChanged());
  return client;
}

/** What goes wrong in a request is for the log; of what stops the server the person hears from us. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Tells the server that this client knows its own methods. */
const experimental: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), dejafix: { status: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** Keeps documents from the server that are none of its business. */
const attendedOnly: Middleware = {
  didOpen: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  didChange: async (event, next) => {
    if (attended(event.document)) {
      await next(event);
    }
  },
  didSave: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  didClose: async (document, next) => {
    if (attended(document)) {
      await next(document);
    }
  },
  provideHover: (document, position, token, next) => (attended(document) ? next(document, position, token) : undefined),
};

/**
 * Shows a question of the server. One of several lines lists what would be
 * changed, which a notification would run together: it is a dialog.
 */
async function askPerson({ message, actions }: ShowMessageRequestParams): Promise<MessageActionItem | null> {
  const [first = '', ...rest] = message.replace(/^dejafix: /, '').split('\n');
  const items = (actions ?? []).map((a) => ({ ...a, isCloseAffordance: a.title === 'Cancel' }));
  const chosen =
    rest.length > 0
      ? await vscode.window.showInformationMessage(first, { modal: true, detail: rest.join('\n') }, ...items)
      : await vscode.window.showInformationMessage(`Dejafix: ${first}`, ...items);
  return chosen ? { title: chosen.title } : null;
}

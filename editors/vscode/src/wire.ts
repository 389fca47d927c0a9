// What the parts of the extension see of the server. Each part watches one
// thing and reports it; none of them knows whether the server runs.
import type { Event } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

export interface Wire {
  /** The client while the server answers. */
  readonly client: LanguageClient | undefined;
  /** The server answers, for the first time or again: it knows nothing yet. */
  readonly onStart: Event<void>;
  /** Sends a notification; nothing where the server does not run. */
  notify(method: string, params: object): void;
  /** Asks the server; fails with a sentence for people where it does not run. */
  request<R>(method: string, params: object): Promise<R>;
  /** Has the server run one of its commands. */
  execute<R>(command: string, ...args: unknown[]): Promise<R>;
}

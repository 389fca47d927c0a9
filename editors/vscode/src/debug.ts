// Passes on where a debugger stopped at an exception. Of local variables only
// the type, and whether there is a value at all, leave this file.
import * as vscode from 'vscode';
import { type ExceptionInfo, fileOf, named } from './frames';
import { localOf, type Variable } from './locals';
import type { ExceptionFrame, ExceptionParams, Local } from './protocol';
import type { Wire } from './wire';

/** Frames that are passed on, and of how many the variables are looked at. */
const FRAMES = 20;
const FRAMES_WITH_LOCALS = 3;

/** Variables of one frame. */
const LOCALS = 50;

/** The languages of debuggers, by what they call themselves. */
const LANGUAGES: Record<string, string> = {
  node: 'javascript',
  'node-terminal': 'javascript',
  'pwa-node': 'javascript',
  'pwa-chrome': 'javascript',
  'pwa-msedge': 'javascript',
  'pwa-extensionHost': 'javascript',
  chrome: 'javascript',
  msedge: 'javascript',
  debugpy: 'python',
  python: 'python',
  go: 'go',
  java: 'java',
  coreclr: 'csharp',
  cppdbg: 'cpp',
  lldb: 'rust',
  php: 'php',
  rdbg: 'ruby',
};

/** The parts of the debug adapter protocol that are read. */
interface StackFrame {
  id: number;
  name: string;
  line: number;
  column: number;
  source?: { path?: string };
  presentationHint?: string;
}
interface Scope {
  name: string;
  presentationHint?: string;
  expensive?: boolean;
  variablesReference: number;
}
interface Stopped {
  type: 'event';
  event: 'stopped';
  body: { reason?: string; threadId?: number; text?: string; description?: string };
}

export class Debugging implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(private readonly wire: Wire) {
    this.subscription = vscode.debug.registerDebugAdapterTrackerFactory('*', {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage: (message: unknown) => {
          if (isException(message)) {
            void this.stopped(session, message.body);
          }
        },
      }),
    });
  }

  private async stopped(session: vscode.DebugSession, body: Stopped['body']): Promise<void> {
    if (!this.wire.client || body.threadId === undefined) {
      return;
    }
    const threadId = body.threadId;
    const ask = async <R>(command: string, args: object): Promise<R | undefined> => {
      try {
        return (await session.customRequest(command, args)) as R;
      } catch {
        return undefined; // not supported, or the program runs on
      }
    };
    const stack = await ask<{ stackFrames: StackFrame[] }>('stackTrace', { threadId, startFrame: 0, levels: FRAMES });
    if (!stack?.stackFrames.length) {
      return;
    }
    const info = await ask<ExceptionInfo>('exceptionInfo', { threadId });
    const frames: ExceptionFrame[] = [];
    for (const frame of stack.stackFrames.slice(0, FRAMES)) {
      if (frame.presentationHint === 'label') {
        continue; // says "async", and is no call
      }
      const file = fileOf(frame.source?.path);
      const withLocals = frames.length < FRAMES_WITH_LOCALS && file !== undefined;
      const locals = withLocals ? await localsOf(frame, ask) : undefined;
      frames.push({
        name: frame.name,
        ...(file !== undefined && { file }),
        ...(frame.line > 0 && { line: frame.line }),
        ...(frame.column > 0 && { column: frame.column }),
        ...(locals && { locals }),
      });
    }
    const language = LANGUAGES[session.type];
    const params: ExceptionParams = {
      ...(language !== undefined && { language }),
      ...named(info, body.text ?? ''),
      frames,
    };
    this.wire.notify('dejafix/exception', params);
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function isException(message: unknown): message is Stopped {
  const m = message as Partial<Stopped> | undefined;
  return m?.type === 'event' && m.event === 'stopped' && m.body?.reason === 'exception';
}

async function localsOf(
  frame: StackFrame,
  ask: <R>(command: string, args: object) => Promise<R | undefined>,
): Promise<Record<string, Local> | undefined> {
  const scopes = await ask<{ scopes: Scope[] }>('scopes', { frameId: frame.id });
  // Adapters that give no hint put the locals first; globals are expensive.
  const scope =
    scopes?.scopes.find((s) => s.presentationHint === 'locals') ?? scopes?.scopes.find((s) => s.expensive !== true);
  if (!scope || scope.variablesReference === 0) {
    return undefined;
  }
  const answer = await ask<{ variables: Variable[] }>('variables', { variablesReference: scope.variablesReference });
  if (!answer?.variables.length) {
    return undefined;
  }
  return Object.fromEntries(answer.variables.slice(0, LOCALS).map((v) => [v.name, localOf(v)]));
}

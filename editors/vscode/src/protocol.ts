// The names and forms of what goes over the wire besides LSP. The server owns
// them; they are a contract.
import type { Diagnostic, Range, WorkspaceEdit } from 'vscode-languageclient/node';

/** The source of the server's own diagnostics, which is never sent back to it. */
export const SOURCE = 'dejafix';

export interface DiagnosticsParams {
  uri: string;
  /** Of the document when its diagnostics changed; absent for a file that is not open. */
  version?: number;
  diagnostics: Diagnostic[];
}

export interface PeerActionsParams {
  uri: string;
  version: number;
  range: Range;
  titles: string[];
  edits: WorkspaceEdit[];
}

export interface OutputParams {
  id: string;
  seq: number;
  final: boolean;
  kind: 'terminal' | 'task' | 'paste';
  command?: string;
  cwd?: string;
  exitCode?: number;
  text: string;
}

export interface ExceptionParams {
  language?: string;
  type: string;
  message: string;
  frames: ExceptionFrame[];
}

/** One call, the most recent first; lines and columns are from 1. */
export interface ExceptionFrame {
  name: string;
  file?: string;
  line?: number;
  column?: number;
  locals?: Record<string, Local>;
}

/** What may be known of a local variable. Its value may not. */
export interface Local {
  type: string;
  null?: boolean;
}

export interface DecisionParams {
  id: string;
  verdict: 'applied' | 'undone' | 'dismissed';
}

export interface StatusParams {
  state: string;
  text: string;
  tooltip: string;
}

export interface WhyResult {
  markdown: string;
}

/** An error that came more than once. */
export interface RecurringError {
  id: string;
  language: string;
  source: string;
  code?: string;
  message: string;
  times: number;
  repaired: number;
  last: string;
  places: { uri: string; range: Range }[];
  repairs: RecurringRepair[];
}

export interface RecurringRepair {
  pattern: string;
  title: string;
  held: number;
  of: number;
  never: boolean;
}

export interface RecurringResult {
  errors: RecurringError[];
}

// Which documents the server hears of.

/** Languages of prose, and of what a tool wrote: nothing there is repaired. */
const UNATTENDED = new Set([
  'code-text-binary',
  'diff',
  'git-commit',
  'git-rebase',
  'ignore',
  'log',
  'Log',
  'markdown',
  'plaintext',
  'search-result',
]);

/**
 * Files that hold secrets: their text is not sent even to the local server,
 * which has the whole list (lsp/watch/hidden.go).
 */
const SECRET = [/^\.env/, /\.env$/, /\.pem$/, /\.key$/, /\.asc$/, /^id_[dre]/, /^\.netrc$/, /^\.npmrc$/, /^\.pypirc$/];

/** What is asked of a document or a place; vscode.TextDocument has both. */
export interface Named {
  uri: { scheme: string; path: string };
  languageId?: string;
}

/** Whether the server hears of a document, or of a file of which only the name is known. */
export function attended({ uri, languageId }: Named): boolean {
  const base = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  return (
    uri.scheme === 'file' &&
    !(languageId !== undefined && UNATTENDED.has(languageId)) &&
    !SECRET.some((pattern) => pattern.test(base))
  );
}

// What the server is told of the settings.

/** One setting as VS Code knows it, by where it was set. */
export interface Levels {
  defaultValue?: unknown;
  globalValue?: unknown;
  workspaceValue?: unknown;
}

/**
 * The value of a setting, undefined where nobody set it: the server knows its
 * defaults. What comes with a workspace may narrow it and no more: switch off,
 * raise, add. This is the server's own rule for dejafix.toml.
 */
export function narrowed(levels: Levels): unknown {
  if (levels.globalValue === undefined && levels.workspaceValue === undefined) {
    return undefined;
  }
  const own = levels.globalValue ?? levels.defaultValue;
  const theirs = levels.workspaceValue;
  if (typeof own === 'boolean' && typeof theirs === 'boolean') {
    return own && theirs;
  }
  if (typeof own === 'number' && typeof theirs === 'number') {
    return Math.max(own, theirs);
  }
  if (Array.isArray(own) && Array.isArray(theirs)) {
    return [...theirs, ...own]; // the last pattern that matches decides
  }
  return levels.globalValue;
}

/** Settings that are this extension's and not the server's. */
const OURS = ['path', 'trace.server'];

/** The names of the server's settings, of all that package.json declares. */
export function serverSettings(declared: Record<string, unknown>): string[] {
  return Object.keys(declared)
    .map((name) => name.replace(/^dejafix\./, ''))
    .filter((name) => !OURS.includes(name));
}

// Where the program is: the setting, then PATH, then what the package brings.
import { accessSync, constants, statSync } from 'node:fs';
import * as path from 'node:path';

export interface Places {
  /** The user's setting, '' where there is none. */
  configured: string;
  /** The PATH of the environment. */
  path: string;
  /** The folder of the extension. */
  extension: string;
  /** The user's home folder. */
  home: string;
  platform: NodeJS.Platform;
}

export type Found = { program: string; by: 'setting' | 'PATH' | 'package' } | { problem: string };

/**
 * Finds the program. A setting that names nothing to run is a problem rather
 * than a reason to run something else.
 */
export function findProgram(places: Places, runs: (file: string) => boolean = canRun): Found {
  if (places.configured !== '') {
    const program = places.configured.replace(/^~(?=$|[\\/])/, places.home);
    if (!path.isAbsolute(program)) {
      return { problem: `The setting dejafix.path is "${places.configured}"; give the whole path of the program.` };
    }
    if (!runs(program)) {
      return { problem: `The setting dejafix.path names ${places.configured}, which cannot be run.` };
    }
    return { program, by: 'setting' };
  }
  const name = places.platform === 'win32' ? 'dejafix.exe' : 'dejafix';
  for (const dir of places.path.split(path.delimiter)) {
    // An entry that is relative means a folder of the workspace, which is
    // somebody else's.
    if (path.isAbsolute(dir) && runs(path.join(dir, name))) {
      return { program: path.join(dir, name), by: 'PATH' };
    }
  }
  const bundled = path.join(places.extension, 'bin', name);
  if (runs(bundled)) {
    return { program: bundled, by: 'package' };
  }
  return { problem: 'The program dejafix was not found in PATH.' };
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

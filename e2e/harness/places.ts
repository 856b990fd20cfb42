/** Where things stand: the programs under test and the folders of this repository. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const target = process.env['CARGO_TARGET_DIR'] ?? join(root, 'target');

function program(variable: string, name: string): string {
  const path = process.env[variable] ?? join(target, 'debug', name);
  if (!existsSync(path)) throw new Error(`${path} is not there: build it, or say in ${variable} where it is`);
  return path;
}

/** The window's program. */
export const windowProgram = () => program('HYVITYS_APP', 'hyvitys');
/** The sandbox as a program of its own. */
export const sandboxProgram = () => program('HYVITYS_SANDBOX', 'hyvitys-sandbox');
/** The command line program. */
export const cliProgram = () => program('HYVITYS_CLI', 'hyvitys-cli');
/** Where pictures of failed tests go. */
export const failures = join(root, '.dev', 'e2e');

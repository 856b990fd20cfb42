/** The version of the program, put in by the build from package.json. */
declare const __APP_VERSION__: string;

interface Window {
  /** The answer to the start that the shell asked for before the page was read; taken once (`lib/ipc`). */
  begunStart?: Promise<import('./lib/ipc').Start>;
}

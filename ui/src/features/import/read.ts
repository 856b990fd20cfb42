/** Files on their way to the shell: their bytes, as they are; the shell tells encodings and kinds apart. */
import type { ImportColumn, ImportFile, ImportKind } from '../../lib/ipc';

/** The largest file that the shell takes, in bytes. */
export const LARGEST = 64 * 1024 * 1024;

/** What a person gave, and what they said of it. Its bytes are read anew for every plan: many large files at once would fill the memory. */
export interface Source {
  readonly name: string;
  readonly bytes: Blob;
  /** What it is; `null` to have it recognised. */
  readonly kind: ImportKind | null;
  /** What its columns are; `null` to have them guessed. */
  readonly columns: readonly (ImportColumn | null)[] | null;
  /** Whether files with these headings are read so from now on. */
  readonly remember: boolean;
}

/** A file or a text that nothing was said of yet. */
export function sourceOf(name: string, bytes: Blob): Source {
  return { name, bytes, kind: null, columns: null, remember: false };
}

/** Splits off what is too large, before anything of it is read. */
export function sorted(files: readonly File[]): { fit: File[]; large: File[] } {
  return {
    fit: files.filter((file) => file.size <= LARGEST),
    large: files.filter((file) => file.size > LARGEST),
  };
}

/** The bytes in base64. The browser does it off the window's thread. */
function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const text = String(reader.result);
      resolve(text.slice(text.indexOf(',') + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(blob);
  });
}

/** A file that the system let go before it was read: moved, changed, deleted, or a folder. */
export class UnreadableFile extends Error {}

/** Reads what was given, one after the other: two large ones at once would need twice the memory. */
export async function readAll(sources: readonly Source[]): Promise<ImportFile[]> {
  const read: ImportFile[] = [];
  for (const { name, bytes } of sources) {
    try {
      read.push({ name, text: await base64(bytes) });
    } catch {
      throw new UnreadableFile(name);
    }
  }
  return read;
}

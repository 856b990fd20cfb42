/** Files on their way to the shell: their bytes, as they are; the shell tells encodings and kinds apart. */
import type { ImportFile } from '../../lib/ipc';

/** The largest file that the shell takes, in bytes. */
export const LARGEST = 64 * 1024 * 1024;

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

/** A file that the system let go before it was read: moved, deleted, or a folder. */
export class UnreadableFile extends Error {}

/** Reads files, one after the other: two large ones at once would need twice the memory. */
export async function readFiles(files: readonly File[]): Promise<ImportFile[]> {
  const read: ImportFile[] = [];
  for (const file of files) {
    try {
      read.push({ name: file.name, text: await base64(file) });
    } catch {
      throw new UnreadableFile(file.name);
    }
  }
  return read;
}

/** A text that was pasted, as if it were a file. */
export async function readText(name: string, text: string): Promise<ImportFile[]> {
  return [{ name, text: await base64(new Blob([text])) }];
}

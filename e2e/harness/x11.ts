/**
 * A few words with the screen itself: asking a window to close, as the cross of its frame does, and reading what is lit.
 *
 * The driver can only destroy the view, and there is no window manager on this screen whose keys would close it. And what
 * is on screen when a program starts is best seen from outside, by pixels, without a driver that slows it down.
 */
import { connect, type Socket } from 'node:net';

export class Screen {
  private bytes = Buffer.alloc(0);
  private wake: (() => void) | undefined;
  private root = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake?.();
    });
    socket.on('error', () => this.wake?.());
  }

  /** `display` like `:7`: a screen of our own, which asks for no authorisation. */
  static async open(display: string): Promise<Screen> {
    const socket = connect(`/tmp/.X11-unix/X${display.replace(':', '')}`);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const screen = new Screen(socket);
    // Little-endian, version 11.0, no authorisation.
    socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const greeting = await screen.read(8);
    const setup = await screen.read(greeting.readUInt16LE(6) * 4);
    const vendor = Math.ceil(setup.readUInt16LE(16) / 4) * 4;
    screen.root = setup.readUInt32LE(32 + vendor + 8 * setup.readUInt8(21));
    return screen;
  }

  close(): void {
    this.socket.destroy();
  }

  /** The message WM_DELETE_WINDOW to a window, by its number. */
  async askToClose(window: number): Promise<void> {
    const protocols = await this.atom('WM_PROTOCOLS');
    const close = await this.atom('WM_DELETE_WINDOW');
    const message = Buffer.alloc(44);
    message.writeUInt8(25, 0);
    message.writeUInt16LE(11, 2);
    message.writeUInt32LE(window, 4);
    // The event: a client message of 32-bit words.
    message.writeUInt8(33, 12);
    message.writeUInt8(32, 13);
    message.writeUInt32LE(window, 16);
    message.writeUInt32LE(protocols, 20);
    message.writeUInt32LE(close, 24);
    this.socket.write(message);
    // An answer to a later question says that the message was taken.
    await this.atom('WM_PROTOCOLS');
  }

  /** The pixels of a part of the screen, four bytes each: blue, green, red, nothing. */
  async pixels(x: number, y: number, width: number, height: number): Promise<Buffer> {
    const asked = Buffer.alloc(20);
    asked.writeUInt8(73, 0);
    asked.writeUInt8(2, 1);
    asked.writeUInt16LE(5, 2);
    asked.writeUInt32LE(this.root, 4);
    asked.writeInt16LE(x, 8);
    asked.writeInt16LE(y, 10);
    asked.writeUInt16LE(width, 12);
    asked.writeUInt16LE(height, 14);
    asked.writeUInt32LE(0xffffffff, 16);
    this.socket.write(asked);
    const head = await this.read(32);
    if (head.readUInt8(0) !== 1) throw new Error('the screen gave no picture');
    return this.read(head.readUInt32LE(4) * 4);
  }

  private async atom(name: string): Promise<number> {
    const asked = Buffer.alloc(8 + Math.ceil(name.length / 4) * 4);
    asked.writeUInt8(16, 0);
    asked.writeUInt16LE(asked.length / 4, 2);
    asked.writeUInt16LE(name.length, 4);
    asked.write(name, 8, 'latin1');
    this.socket.write(asked);
    return (await this.read(32)).readUInt32LE(8);
  }

  private async read(count: number): Promise<Buffer> {
    while (this.bytes.length < count) {
      if (this.socket.destroyed) throw new Error('the screen is gone');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }
}

/** Whether words stand in these pixels: dark ones on a light ground. A screen without a window is black, and says no. */
export function hasWords(pixels: Buffer): boolean {
  let [dark, light] = [0, 0];
  for (let at = 0; at + 2 < pixels.length; at += 4) {
    const brightest = Math.max(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    const darkest = Math.min(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    if (brightest < 110) dark += 1;
    else if (darkest > 200) light += 1;
  }
  return dark >= 30 && light >= pixels.length / 8;
}

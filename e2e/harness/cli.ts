/** The command line program on the desktop's data file: sets the stage faster than a person could, and reads what is kept. */
import { writeFileSync } from 'node:fs';
import type { Desktop } from './desktop';
import { cliProgram } from './places';
import type { Shop } from './shop';

export interface Operation {
  id: string;
  kind: string;
  state: string;
  amount: number;
  transactionId: string;
  [more: string]: unknown;
}

export class Cli {
  constructor(
    private readonly desktop: Desktop,
    private readonly data?: string,
  ) {}

  async run(args: readonly string[], options: { input?: string; patience?: number; env?: Record<string, string> } = {}): Promise<{ code: number | string; output: string }> {
    return this.desktop.run(cliProgram(), [...(this.data ? ['--data', this.data] : []), ...args], options);
  }

  private async well(args: readonly string[], options: { input?: string; patience?: number; env?: Record<string, string> } = {}): Promise<string> {
    const { code, output } = await this.run(args, options);
    if (code !== 0) throw new Error(`hyvitys-cli ${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  /** Adds the shop as an account; its secret goes into the keychain. */
  async addAccount(shop: Shop, name = 'Lankakauppa'): Promise<void> {
    await this.well(['account', 'add', '--name', name, '--merchant', shop.merchant, '--api', shop.url], { input: `${shop.secret}\n` });
  }

  /** Brings all payments of the shop here: the report has the customers, the ids bring the rest. */
  async importAll(shop: Shop): Promise<void> {
    await this.importFile('report.json', await shop.report());
    await this.importFile('ids.txt', await shop.ids());
  }

  async importFile(name: string, content: string | Buffer, patience = 120_000): Promise<void> {
    const path = this.desktop.path(name);
    writeFileSync(path, content);
    await this.well(['import', path, '--yes'], { patience });
  }

  async operations(): Promise<Operation[]> {
    const output = await this.well(['operations', '--json']);
    return (JSON.parse(output.slice(output.indexOf('{'))) as { operations: Operation[] }).operations;
  }
}

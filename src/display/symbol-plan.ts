import { byteSymbolSize, type CodeLevel } from './order-code-image.js';

/** The smallest module that phones read, mm (display reference 10.2). */
export const LEAST_MODULE_MM = 0.4;

/** The symbol that comes of a code on one surface, as far as its driver can tell. */
export interface SymbolPlan {
  readonly drawnBy: 'bridge' | 'display';
  /** Error correction; null where the display's firmware chooses it. */
  readonly level: CodeLevel | null;
  /** Modules a side; where the firmware chooses, what is most likely. */
  readonly modules: number;
  /** The fewest modules a side that the device can make of the code. */
  readonly leastModules: number;
  /** Dots or pixels a module, where the driver says how many. */
  readonly modulePixels: number | null;
  /** Side of the square that the symbol with its margin may fill, dots or pixels, where the driver knows. */
  readonly areaPixels: number | null;
  /** `leftOut`: one is configured, and this code has no room for it. */
  readonly icon: 'none' | 'drawn' | 'leftOut';
}

/** Of a device that makes the symbol by itself and tells nothing about it: level M is likely, L is the least. */
export function firmwareSymbol(codeText: string): SymbolPlan | undefined {
  const modules = byteSymbolSize(codeText, 'M') ?? byteSymbolSize(codeText, 'L');
  const leastModules = byteSymbolSize(codeText, 'L');
  if (modules === undefined || leastModules === undefined) return undefined;
  return { drawnBy: 'display', level: null, modules, leastModules, modulePixels: null, areaPixels: null, icon: 'none' };
}

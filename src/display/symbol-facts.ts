import type { DisplayDriver } from './display-driver.js';
import type { DisplaySettings } from './display-settings.js';
import { byteSymbolSize, type CodeLevel, codeMatrix, QUIET_ZONE } from './order-code-image.js';

/** The symbol of one code on one glass, as far as settings and driver tell; lengths in mm, null where they do not. */
export interface SymbolFacts {
  /** QR version, 1 to 40. */
  readonly version: number;
  /** Modules per side. */
  readonly modules: number;
  /** Error correction; null where the display's firmware chooses it. */
  readonly level: CodeLevel | null;
  /** Who makes the symbol. Where the display does, version and level may differ from what is worked out here. */
  readonly drawnBy: 'bridge' | 'display';
  readonly modulePixels: number | null;
  readonly moduleMm: number | null;
  /** Side without the margin. */
  readonly sideMm: number | null;
  /** Light modules on each side. */
  readonly quietZoneModules: number;
  /** The Alipay+ mark: in the middle of the symbol, as words or picture beside it, or nowhere (order-code reference 7.1). */
  readonly mark: 'inside' | 'beside' | 'none';
  /** Why the code can not be scanned at this size; null when it can, or nothing is known. */
  readonly tooSmall: string | null;
  /** What a technician should know, e.g. that a phone has to come close. */
  readonly hints: readonly string[];
}

/** Phones need this much for one module (display reference 10.2). */
const LEAST_MODULE_MM = 0.4;
const GOOD_MODULE_MM = 0.5;
/** Side of a symbol that is read from 30 cm: a tenth of the distance. */
const GOOD_SIDE_MM = 30;
/** 203 dots an inch, as nearly all receipt printers have. */
const PRINTER_DOT_MM = 0.125;
const PRINTER_DOTS_PER_COLUMN = 12;
/** Level for a symbol whose level nobody knows: the usual one for what is told, the weakest for what is refused. */
const UNKNOWN_LEVEL = { told: 'M', refused: 'L' } as const;

/** How one driver's device comes to its symbol. */
interface Drawing {
  readonly drawnBy: SymbolFacts['drawnBy'];
  /** Null: the firmware's choice. */
  readonly level: CodeLevel | null;
  /** The symbol has this many modules whatever the level; from a table of the device. */
  readonly fixedModules?: number | undefined;
}

/** DGUS draws two sizes only (display reference 5.2). */
function dgusModules(codeText: string): number {
  return Buffer.byteLength(codeText) <= 154 ? 45 : 73;
}

function drawingOf(settings: DisplaySettings, codeText: string): Drawing {
  const level = settings.options?.ecc ?? 'Q';
  switch (settings.driver) {
    case 'virtual':
      return { drawnBy: 'bridge', level };
    case 'escpos':
      return { drawnBy: settings.options?.['native'] === false ? 'bridge' : 'display', level };
    case 'dgus2':
      return { drawnBy: 'display', level: 'L', fixedModules: dgusModules(codeText) };
    default:
      return { drawnBy: 'display', level: null };
  }
}

/** What is known about the surface: size of a pixel, pixels for the code with its margin, pixels a module where the device fixes them. */
interface Area {
  readonly pixelMm: number | null;
  readonly codePixels: number | null;
  readonly modulePixels: number | null;
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function areaOf(settings: DisplaySettings): Area {
  const { screenMm, screenPx, codePx, modulePx } = settings.options ?? {};
  const pixelMm = screenMm !== undefined && screenPx !== undefined ? screenMm / screenPx : null;
  if (settings.driver !== 'escpos') return { pixelMm, codePixels: codePx ?? null, modulePixels: modulePx ?? null };
  const columns = numberOrNull(settings.options?.['columns']) ?? 42;
  return {
    pixelMm: pixelMm ?? PRINTER_DOT_MM,
    codePixels: codePx ?? screenPx ?? columns * PRINTER_DOTS_PER_COLUMN,
    modulePixels: numberOrNull(settings.options?.['moduleDots']) ?? 6,
  };
}

function modulesOf(drawing: Drawing, codeText: string, unknownLevel: CodeLevel): number | undefined {
  if (drawing.fixedModules !== undefined) return drawing.fixedModules;
  const level = drawing.level ?? unknownLevel;
  return drawing.drawnBy === 'bridge' ? codeMatrix(codeText, level)?.size : byteSymbolSize(codeText, level);
}

function modulePixelsOf({ codePixels, modulePixels }: Area, modules: number): number | null {
  if (modulePixels !== null) return modulePixels;
  return codePixels === null ? null : Math.floor(codePixels / (modules + 2 * QUIET_ZONE));
}

const mm = (value: number) => value.toFixed(2);

/** Why a symbol of so many modules can not be scanned on this surface; undefined when it can, or nothing is known. */
function sizeRefusal(area: Area, modules: number): string | undefined {
  const { codePixels, pixelMm } = area;
  const pixels = modulePixelsOf(area, modules);
  if (pixels === null) return undefined;
  const whole = modules + 2 * QUIET_ZONE;
  if (codePixels !== null && (pixels < 1 || pixels * modules > codePixels)) {
    const needs = pixels < 1 ? `${whole} pixels at least` : `${pixels * modules} pixels`;
    return `the symbol of this code has ${modules} modules and needs ${needs}, the glass has ${codePixels} for it`;
  }
  if (pixelMm !== null && pixels * pixelMm < LEAST_MODULE_MM) {
    return `a module of this code would be ${mm(pixels * pixelMm)} mm on this glass; phones need ${LEAST_MODULE_MM} mm`;
  }
  return undefined;
}

/** Why a code is too small to be scanned on this display; undefined when it is not, or when the settings do not tell its size. */
export function tooSmallToScan(settings: DisplaySettings, codeText: string): string | undefined {
  const area = areaOf(settings);
  if (area.codePixels === null && area.modulePixels === null) return undefined;
  const modules = modulesOf(drawingOf(settings, codeText), codeText, UNKNOWN_LEVEL.refused);
  return modules === undefined ? undefined : sizeRefusal(area, modules);
}

function markOf({ can }: DisplayDriver, settings: DisplaySettings): SymbolFacts['mark'] {
  if (can.centreIcon && settings.options?.['icon'] !== undefined) return 'inside';
  return can.text === 'none' ? 'none' : 'beside';
}

function hintsOf({ moduleMm, sideMm }: { moduleMm: number | null; sideMm: number | null }): readonly string[] {
  if (moduleMm === null || sideMm === null) {
    return [
      'The size is not known: give screenMm, screenPx and codePx (or modulePx) in the options, or the model of the display.',
    ];
  }
  const hints: string[] = [];
  if (moduleMm < GOOD_MODULE_MM)
    hints.push(`Modules of ${mm(moduleMm)} mm are small: ${GOOD_MODULE_MM} mm and more is easier to scan.`);
  if (sideMm < GOOD_SIDE_MM) {
    hints.push(
      `A phone has to come closer than ${Math.floor(sideMm)} cm: for the usual 30 cm the symbol needs ${GOOD_SIDE_MM} mm.`,
    );
  }
  return hints;
}

/** The symbol of a code on a display; undefined where it draws none, or none holds the code. */
export function symbolFacts(driver: DisplayDriver, settings: DisplaySettings, codeText: string): SymbolFacts | undefined {
  if (driver.can.qr === 'none') return undefined;
  const drawing = drawingOf(settings, codeText);
  const modules = modulesOf(drawing, codeText, UNKNOWN_LEVEL.told);
  if (modules === undefined) return undefined;
  const area = areaOf(settings);
  const modulePixels = modulePixelsOf(area, modules);
  const moduleMm = modulePixels === null || area.pixelMm === null ? null : modulePixels * area.pixelMm;
  const sideMm = moduleMm === null ? null : moduleMm * modules;
  return {
    version: (modules - 17) / 4,
    modules,
    level: drawing.level,
    drawnBy: drawing.drawnBy,
    modulePixels,
    moduleMm,
    sideMm,
    quietZoneModules: QUIET_ZONE,
    mark: markOf(driver, settings),
    tooSmall: tooSmallToScan(settings, codeText) ?? null,
    // A picture on a page has the size that the page gives it.
    hints: settings.driver === 'virtual' ? [] : hintsOf({ moduleMm, sideMm }),
  };
}

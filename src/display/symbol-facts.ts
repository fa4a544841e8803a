import type { DisplayDriver } from './display-driver.js';
import type { DisplaySettings } from './display-settings.js';
import { type CodeLevel, QUIET_ZONE } from './order-code-image.js';
import { LEAST_MODULE_MM, type SymbolPlan } from './symbol-plan.js';

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

const GOOD_MODULE_MM = 0.5;
/** Side of a symbol that is read from 30 cm: a tenth of the distance. */
const GOOD_SIDE_MM = 30;

/** What is known about the surface: size of a pixel, pixels for the code with its margin, pixels a module. The driver knows best. */
interface Area {
  readonly pixelMm: number | null;
  readonly codePixels: number | null;
  readonly modulePixels: number | null;
}

function areaOf({ can }: DisplayDriver, { options = {} }: DisplaySettings, plan: SymbolPlan): Area {
  const { screenMm, screenPx, codePx, modulePx } = options;
  const pixelMm = can.pixelMm ?? (screenMm !== undefined && screenPx !== undefined ? screenMm / screenPx : null);
  return { pixelMm, codePixels: plan.areaPixels ?? codePx ?? null, modulePixels: plan.modulePixels ?? modulePx ?? null };
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
  if (codePixels !== null && (pixels < 1 || pixels * whole > codePixels)) {
    const needs = pixels < 1 ? `${whole} pixels at least` : `${pixels * whole} pixels`;
    return `the symbol of this code has ${modules} modules and needs ${needs} with its margin, the glass has ${codePixels} for it`;
  }
  if (pixelMm !== null && pixels * pixelMm < LEAST_MODULE_MM) {
    return `a module of this code would be ${mm(pixels * pixelMm)} mm on this glass; phones need ${LEAST_MODULE_MM} mm`;
  }
  return undefined;
}

/** Why a code is too small to be scanned on this display; undefined when it is not, or when nobody tells its size. */
export function tooSmallToScan(driver: DisplayDriver, settings: DisplaySettings, codeText: string): string | undefined {
  const plan = driver.symbol?.(codeText);
  // Where the firmware chooses, only what is too small at the weakest level is refused.
  return plan && sizeRefusal(areaOf(driver, settings, plan), plan.leastModules);
}

function markOf({ can }: DisplayDriver, plan: SymbolPlan, missing: string | undefined): SymbolFacts['mark'] {
  if (plan.icon === 'drawn') return 'inside';
  return can.markBeside && missing === undefined ? 'beside' : 'none';
}

function leftOutText({ level }: SymbolPlan): string {
  const why =
    level === 'H' ? 'the symbol of so short a code is too small for it' : 'at error correction H this code does not fit';
  return `The icon is left out of this code: ${why}.`;
}

function sizeHints({ moduleMm, sideMm }: { moduleMm: number | null; sideMm: number | null }): readonly string[] {
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

/** The symbol of a code on a display, the mark as the device last took it; undefined where it draws none, or none holds the code. */
export function symbolFacts(driver: DisplayDriver, settings: DisplaySettings, codeText: string): SymbolFacts | undefined {
  const plan = driver.symbol?.(codeText);
  if (plan === undefined) return undefined;
  const { modules, level, drawnBy, icon } = plan;
  const area = areaOf(driver, settings, plan);
  const modulePixels = modulePixelsOf(area, modules);
  const moduleMm = modulePixels === null || area.pixelMm === null ? null : modulePixels * area.pixelMm;
  const sideMm = moduleMm === null ? null : moduleMm * modules;
  // A picture on a page has the size that the page gives it.
  const sizes = settings.driver === 'virtual' ? [] : sizeHints({ moduleMm, sideMm });
  const missing = driver.markMissing?.();
  const aboutMark = [...(icon === 'leftOut' ? [leftOutText(plan)] : []), ...(missing === undefined ? [] : [missing])];
  return {
    version: (modules - 17) / 4,
    modules,
    level,
    drawnBy,
    modulePixels,
    moduleMm,
    sideMm,
    quietZoneModules: QUIET_ZONE,
    mark: markOf(driver, plan, missing),
    tooSmall: tooSmallToScan(driver, settings, codeText) ?? null,
    hints: [...aboutMark, ...sizes],
  };
}

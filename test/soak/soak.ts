import { parseArgs } from 'node:util';
import { createTeller, HELD, MISSED, Misuse, runToTheEnd, STOPPED, type Teller } from '../support/long-run.js';
import { codesSoak } from './codes.js';
import { corpusSoak } from './corpus.js';
import { displaysSoak } from './displays.js';
import { shopSoak } from './shop-soak.js';
import type { Soak, SoakOptions } from './soak-run.js';

/*
 * `npm run soak -- NAME [options]`: one long run. Without a name the options say which is meant: the one that takes them all.
 * Exit code 0: every promise held; 2: one did not; 1: it could not be run; 130: stopped.
 */

/** Every long run by its name. A new one is one more row. */
const SOAKS: Readonly<Record<string, Soak>> = { codes: codesSoak, corpus: corpusSoak, displays: displaysSoak, shop: shopSoak };

type Given = Readonly<Record<string, string | boolean | undefined>>;

function help(): string {
  const rows = Object.entries(SOAKS).map(([name, { about, options }]) => {
    const lines = Object.entries(options).map(([option, meaning]) => `      --${option.padEnd(10)} ${meaning}`);
    return [`  ${name}: ${about}`, ...lines].join('\n');
  });
  return `npm run soak -- NAME [options]\n${rows.join('\n')}`;
}

function pick(names: readonly string[], given: readonly string[]): [string, Soak] {
  const found = Object.entries(SOAKS).filter(
    ([name, { options }]) => (names.length === 0 || names[0] === name) && given.every((option) => Object.hasOwn(options, option)),
  );
  const [only] = found;
  const isNothingSaid = names.length === 0 && given.length === 0;
  if (only === undefined || found.length > 1 || names.length > 1 || isNothingSaid)
    throw new Misuse(`Which run is meant?\n${help()}`);
  return only;
}

function optionsOf(given: Given): SoakOptions {
  const textOf = (name: string) => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    count(name, usual) {
      const text = textOf(name) ?? String(usual);
      if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Misuse(`--${name} is a whole number from 1 on, not "${text}".`);
      return Number(text);
    },
    words: (name) => textOf(name)?.split(','),
  };
}

async function runOne(tell: Teller, stop: AbortSignal): Promise<number> {
  const known = [...new Set(Object.values(SOAKS).flatMap(({ options }) => Object.keys(options)))];
  const { values, positionals } = parseArgs({
    options: Object.fromEntries([
      ...known.map((name) => [name, { type: 'string' as const }]),
      ['help', { type: 'boolean' as const }],
    ]),
    allowPositionals: true,
  });
  const { help: asked, ...given } = values as Given;
  if (asked === true) {
    tell.line(help());
    return HELD;
  }
  const [name, soak] = pick(positionals, Object.keys(given));
  tell.line(`${name}: ${soak.about}`);
  const held = await soak.run(optionsOf(given), tell, stop);
  if (stop.aborted) return STOPPED;
  tell.line(held ? 'Every promise held.' : 'A promise did not hold.');
  return held ? HELD : MISSED;
}

await runToTheEnd((stop) => runOne(createTeller(), stop));

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { notBuiltFindings } from '#src/config/not-built-yet.js';
import { cli } from '../technician/cli-run.js';

/** Files that a shop makes for itself. */
const OF_THE_SHOP = /^config\/(bridge\.yaml|keys\/.*)$/;

/** Words of the configuration that arrive one by one, and where they stand in it. */
const GROWING_WORDS: readonly { readonly words: readonly string[]; configured(word: string): unknown }[] = [
  {
    words: ['mertech', 'nextion', 'dgus2', 'escpos', 'line2x20', 'qr-line', 'virtual'],
    configured: (driver) => ({ lanes: [{ displays: [{ driver }] }] }),
  },
  {
    words: ['alipayplus_order_code', 'antom_auto_debit', 'mini_program_cashier', 'rebell_cashier', 'rebell_agreement'],
    configured: (dialect) => ({ upstreams: [{ dialect }] }),
  },
  { words: ['sqlite3', 'pg'], configured: (client) => ({ database: { client } }) },
];

interface Page {
  readonly file: string;
  readonly text: string;
}

const PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'DECISIONS.md', 'CHANGELOG.md'];

async function pages(): Promise<Page[]> {
  const docs = (await readdir('docs', { recursive: true })).filter((name) => name.endsWith('.md'));
  const files = [...PAGES, ...docs.map((name) => join('docs', name))];
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** Everything a page says that matches, with its place. */
function said({ file, text }: Page, pattern: RegExp): { readonly where: string; readonly words: string }[] {
  return [...text.matchAll(pattern)].map((found) => ({
    where: `${file}:${text.slice(0, found.index).split('\n').length}`,
    words: found[1] ?? found[0],
  }));
}

/** Every section of a source that the code cites. */
async function citations(): Promise<{ readonly source: string; readonly section: string }[]> {
  const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(join('src', name), 'utf8')));
  const cited = texts.flatMap((text) => [
    ...text.matchAll(/\b((?:order-code|display|sibling) reference) (\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?)*)/g),
  ]);
  return cited.flatMap(([, source = '', list = '']) => list.split(/, | and | to /).map((section) => ({ source, section })));
}

describe('the pages of the project', () => {
  let all: Page[];
  before(async () => {
    all = await pages();
  });

  it('link to files that are there', () => {
    const broken = all.flatMap((page) =>
      said(page, /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)
        .filter(({ words }) => !existsSync(normalize(join(dirname(page.file), words))))
        .map(({ where, words }) => `${where}: ${words}`),
    );
    assert.deepEqual(broken, []);
  });

  it('name files and folders that are there', () => {
    const missing = all.flatMap((page) =>
      said(page, /`((?:src|test|scripts|docs|config|\.ci)\/[A-Za-z0-9._/-]*)`/g)
        .filter(({ words }) => !existsSync(normalize(words)) && !OF_THE_SHOP.test(words))
        .map(({ where, words }) => `${where}: ${words}`),
    );
    assert.deepEqual(missing, []);
  });

  it('name npm scripts that are there', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    const unknown = all.flatMap((page) =>
      said(page, /\bnpm run ([a-z:-]+)/g)
        .filter(({ words }) => scripts[words] === undefined)
        .map(({ where, words }) => `${where}: npm run ${words}`),
    );
    assert.deepEqual(unknown, []);
    assert.ok(scripts['test'] !== undefined && scripts['start'] !== undefined, 'npm test and npm start are there');
  });

  it('name commands of the program that are there', async () => {
    const commands = all.flatMap((page) =>
      said(page, /\b(?:ocbridge|node dist\/main\.js) ((?:[a-z]+)(?: (?:check|generate|add|show|timeline)\b)?)/g),
    );
    assert.ok(commands.length > 5, 'the pages do name commands');
    for (const { where, words } of commands) {
      const run = await cli([...words.split(' '), '--help']);
      assert.equal(run.code, 0, `${where}: ocbridge ${words}: ${run.err}`);
    }
  });

  it('say what every source that a comment cites is about', async () => {
    const sources = await readFile('docs/sources.md', 'utf8');
    const cited = await citations();
    assert.ok(cited.length > 20, 'comments do cite their sources');
    const unexplained = cited.filter(({ source, section }) => {
      const [, text = ''] = sources.split(`\n## ${source}\n`);
      const own = text.split('\n## ')[0] ?? '';
      return !new RegExp(`^\\| ${section} \\||[ ,:]${section.replace('.', '\\.')} `, 'm').test(own);
    });
    assert.deepEqual(unexplained, []);
  });

  it('say exactly which displays, dialects and databases are built', async () => {
    const [, own = ''] = (await readFile('README.md', 'utf8')).split('\n## What is in this version\n');
    const [section = ''] = own.split('\n## ');
    for (const { words, configured } of GROWING_WORDS) {
      for (const word of words) {
        const isBuilt = notBuiltFindings(configured(word)).length === 0;
        assert.equal(section.includes(`\`${word}\``), isBuilt, `README.md, "What is in this version": ${word}`);
      }
    }
  });

  it('open with the two commands that set everything up', async () => {
    const readme = await readFile('README.md', 'utf8');
    assert.match(readme, /npm ci && npm run demo/);
    assert.match(readme, /npm ci && npm test/);
  });
});

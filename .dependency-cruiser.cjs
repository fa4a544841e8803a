/*
 * Who may import whom, read over dist/ (what ships; imports of types only are gone there by design: they bind nobody at run time).
 * Every rule carries the sentence for whoever trips over it. A folder that is not in the table may import nothing of ours.
 */

/** Folder: what it may import beside itself (paths under dist/ as regular expressions), and why not more. */
const FOLDERS = {
  base: [[], 'base/ holds leaves: everything may import them, so they import nothing of ours.'],
  payment: [
    ['base/'],
    'payment/ is the centre: words and rules. Others depend on it, never the other way round; what it needs it declares as a port.',
  ],
  upstream: [
    ['payment/', 'base/'],
    'upstream/ speaks the pay APIs for the payment centre and knows neither shops, glasses nor books.',
  ],
  display: [
    ['payment/', 'base/'],
    'display/ reads payments and keeps the glass equal to them; it never asks an upstream and never calls anybody.',
  ],
  books: [
    ['payment/', 'reconciliation/', 'notification/', 'base/'],
    'books/ fulfils the book ports that other folders declare; it stores what was decided and decides nothing.',
  ],
  reconciliation: [['payment/', 'base/'], 'reconciliation/ compares two lists; its books and its files come in through ports.'],
  courier: [
    ['reconciliation/', 'base/'],
    'courier/ brings report files to the desk of reconciliation/ and watches what is missing; it compares nothing and knows no books but through ports.',
  ],
  http: [['base/'], 'http/ is plumbing: it knows no payments, so that every listener can stand on it.'],
  terminal: [
    ['payment/', 'reconciliation/', 'http/', 'base/'],
    'terminal/ answers tills out of the payment centre; signing, glasses and books reach it through ports only.',
  ],
  backoffice: [
    ['payment/', 'reconciliation/', 'http/', 'base/'],
    'backoffice/ answers people out of the payment centre; signing, glasses and books reach it through ports only.',
  ],
  notification: [
    ['payment/', 'upstream/', 'http/', 'base/'],
    'notification/ verifies with upstream/ and hands evidence to payment/; it stores through its own port.',
  ],
  simulator: [
    ['upstream/', 'base/'],
    'simulator/ shares our signing but not our opinion of what happened, and parses display bytes by itself: else it would repeat our mistakes.',
  ],
  config: [
    [
      'payment/(money|timing)\\.js',
      'upstream/signature\\.js',
      'display/(languages|code-icon|display-drivers)\\.js',
      'courier/sftp-key\\.js',
      'base/',
    ],
    'config/ checks a file: it needs currencies, keys, limits, languages, icons and what drivers say to their options, and must be usable before anything else is built.',
  ],
  technician: [
    ['display/', 'simulator/', 'payment/', 'config/', 'base/'],
    'technician/ gets what it needs as parameters from main.ts; it reads the configuration itself, because that comes before everything.',
  ],
  rehearsal: [
    ['simulator/', 'display/', 'http/', 'base/'],
    'rehearsal/ shows an emulated display to a person; it knows no bridge and no payment.',
  ],
  demo: [
    ['bridge[^/]*\\.js', 'simulator/', 'display/', 'upstream/', 'payment/', 'config/', 'http/', 'base/'],
    'demo/ starts a whole bridge beside a simulator and looks at it from outside; it never reaches into the books.',
  ],
};

const folderRules = Object.entries(FOLDERS).map(([folder, [allowed, why]]) => ({
  name: `${folder}-imports`,
  comment: `${why} It may import: ${allowed.map((part) => part.replaceAll('\\', '')).join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^dist/${folder}/` },
  to: { path: '^dist/', pathNot: `^dist/(${[`${folder}/`, ...allowed].join('|')})` },
}));

/** Package or packages: the only places that may import them, and why. */
const PACKAGES = [
  ['knex', 'knex|sqlite3|pg', 'books/', 'SQL lives in books/: one writer, one place that knows the tables.'],
  [
    'serialport',
    'serialport|@serialport/.*',
    'display/serial-line\\.js',
    'One file opens ports, so that deadlines, the attached reader and a fresh object per connection are kept everywhere.',
  ],
  [
    'qrcode',
    'qrcode',
    '(display/order-code-image\\.js|simulator/glass-emulators/)',
    'Codes are drawn in one file; an emulated glass draws its own, as a real one does.',
  ],
  [
    'iconv-lite',
    'iconv-lite',
    '(display/text-bytes\\.js|simulator/glass-emulators/)',
    'Texts become bytes in one file, which keeps out what could act on a wire; an emulated glass decodes by itself, as a real one does.',
  ],
  [
    'koa',
    'koa|@koa/.*|koa-[a-z]+|raw-body',
    '(http/|terminal/|notification/|backoffice/|simulator/|rehearsal/|demo/|bridge[^/]*\\.js)',
    'HTTP stays at the edges: what decides about money must be testable without a server.',
  ],
  ['undici', 'undici', '(upstream/|simulator/)', 'Outgoing calls go through a Transport, which tells an answer from silence.'],
  [
    'zod',
    'zod|@asteasolutions/.*',
    '(http/|terminal/|notification/|backoffice/|reconciliation/|simulator/|rehearsal/|upstream/|config/|demo/)',
    'Shapes are checked at the edges; inside, values have their types and are not doubted again.',
  ],
  ['eta', 'eta', 'backoffice/pages/', 'Pages are drawn from templates in one folder; everybody else answers data.'],
  [
    'ssh2',
    'ssh2',
    'courier/sftp-(session|key)\\.js',
    'One file speaks SFTP, so that the host key is checked and nothing is written on every connection; one beside it reads keys.',
  ],
  [
    'prom-client',
    'prom-client',
    'bridge-metrics\\.js',
    'One file names figures and their labels, so that no id or key becomes one.',
  ],
  ['commander', 'commander', 'technician/', 'The command line is one table in technician/.'],
  ['yaml', 'yaml', '(config/|technician/)', 'YAML is what people write and read: the configuration and printed answers.'],
  [
    'pino',
    'pino',
    'base/log\\.js',
    'Log lines go through the list of allowed fields in base/log.ts, so that no code or key gets in.',
  ],
];

const packageRules = PACKAGES.map(([name, packages, allowed, why]) => ({
  name: `${name}-only-where-it-belongs`,
  comment: `${why} Allowed: ${allowed.replaceAll('\\', '')}.`,
  severity: 'error',
  from: { path: '^dist/', pathNot: `^dist/${allowed}` },
  to: { path: `(^|/)node_modules/(${packages})/` },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    ...packageRules,
    {
      name: 'only-the-demo-imports-the-root',
      comment: 'main.ts and bridge.ts join the parts; a part that imports them would join itself. Only demo/ starts a bridge.',
      severity: 'error',
      from: { path: '^dist/[^/]+/', pathNot: '^dist/demo/' },
      to: { path: '^dist/[^/]+\\.js$' },
    },
    {
      name: 'every-folder-is-in-the-table',
      comment:
        'A new folder needs a row in the table of this file (and in ARCHITECTURE.md) before it may import anything of ours.',
      severity: 'error',
      from: { path: '^dist/[^/]+/', pathNot: `^dist/(${Object.keys(FOLDERS).join('|')})/` },
      to: { path: '^dist/' },
    },
    {
      name: 'payment-touches-no-outside',
      comment:
        'The payment centre decides; files, sockets and processes are outside of it. Random ids and hashes are all it may ask of Node.',
      severity: 'error',
      from: { path: '^dist/payment/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'payment-uses-no-package',
      comment: 'The rules about money stand on plain TypeScript, so that they can be read and tested alone.',
      severity: 'error',
      from: { path: '^dist/payment/' },
      to: { path: '(^|/)node_modules/' },
    },
    {
      name: 'keys-stay-in-upstream',
      comment:
        'Signing keys are handled in upstream/signature.ts only. These folders need no cryptography at all, not even a hash.',
      severity: 'error',
      from: { path: '^dist/(base|config|display|reconciliation|demo)/' },
      to: { dependencyTypes: ['core'], path: '^(node:)?crypto$' },
    },
    {
      name: 'no-circular',
      comment: 'Two files that import each other are one file with a seam nobody can find. Move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dev-package-in-the-product',
      comment: 'A package that is installed for development only is missing in the shop. Move it to "dependencies".',
      severity: 'error',
      from: { path: '^dist/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere stops the bridge at start.',
      severity: 'error',
      from: { path: '^dist/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/(test|scripts)/' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'require', 'default'] },
  },
};

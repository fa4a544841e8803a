import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mocha from 'mocha';

/** Where the counts of the newest test run stand: `{ passed, failed, skipped }`. */
const COUNTS_FILE = join('dist', 'test-counts.json');

/** Mocha's usual report; the counts are left in a file, for `.ci/run` and whoever else does not want to read prose. */
function countingReport(runner: mocha.Runner, options: mocha.MochaOptions): mocha.reporters.Base {
  const report = new mocha.reporters.Spec(runner, options);
  runner.once('end', () => {
    const { passes: passed, failures: failed, pending: skipped } = report.stats;
    writeFileSync(COUNTS_FILE, `${JSON.stringify({ passed, failed, skipped })}\n`);
  });
  return report;
}

// biome-ignore lint/style/noDefaultExport: mocha takes a reporter from the default export.
export default countingReport;

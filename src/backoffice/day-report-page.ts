import { moneyText } from '../payment/money.js';
import type { DayTotals, Figure } from '../reconciliation/day-totals.js';
import type { ListPage } from '../reconciliation/recon-desk.js';
import type { DayView, ExceptionView } from '../reconciliation/recon-views.js';

/** For screen and paper. */
export const REPORT_CSS = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #111; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #bbb; vertical-align: top }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.file { overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none } h2 { break-after: avoid } tr { break-inside: avoid } }
`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in a page, also between quotes. */
function safe(text: unknown): string {
  return String(text ?? '').replace(/[&<>"']/g, (mark) => ESCAPES[mark] ?? '');
}

const ROWS: ReadonlyArray<readonly [keyof DayTotals, string]> = [
  ['ours', 'Our books'],
  ['matched', 'matched'],
  ['shifted', 'in a neighbouring cycle'],
  ['waiting', 'waiting for the next cycle'],
  ['exceptions', 'exceptions'],
  ['theirs', 'Clearing files'],
  ['theirShifted', 'of these in a neighbouring cycle'],
  ['theirExceptions', 'of these exceptions'],
];

function amount(currency: string, { value }: Figure): string {
  const isMinus = value.startsWith('-');
  return `${isMinus ? '−' : ''}${moneyText({ currency, value: isMinus ? value.slice(1) : value })}`;
}

function totalsTable(totals: DayTotals): string {
  const { currency, basis, withoutSettlementAmount: without } = totals;
  const rows = ROWS.map(([name, words]) => {
    const figure = totals[name] as Figure;
    return `<tr><th scope="row">${words}</th><td class="figure">${figure.count}</td><td class="figure">${safe(amount(currency, figure))}</td></tr>`;
  });
  const note = without === 0 ? '' : `<p>${without} rows without a known settlement amount are left out.</p>`;
  const title = basis === 'transaction' ? 'as the customers paid' : 'as it is settled';
  return `<h2>${safe(currency)}, ${title}</h2><table><thead><tr><th></th><th class="figure">count</th><th class="figure">net</th></tr></thead>
<tbody>${rows.join('')}</tbody></table>${note}`;
}

function filesTable({ files }: DayView): string {
  const rows = files.map(
    ({ name, kind, state }) => `<tr><td>${state}</td><td>${kind}</td><td class="file">${safe(name)}</td></tr>`,
  );
  return `<h2>Files</h2><table><thead><tr><th>state</th><th>kind</th><th>name</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function linked(link: string | null, text: unknown): string {
  if (text === null || text === '') return '';
  return link === null ? safe(text) : `<a href="${safe(link)}">${safe(text)}</a>`;
}

function exceptionRow(one: ExceptionView): string {
  const state =
    one.resolution === null ? `open, ${one.ageDays} days` : `resolved by ${one.resolution.by}: ${one.resolution.reason}`;
  const place = one.file === null ? '' : `${one.file}${one.line === null ? '' : ` line ${one.line}`}`;
  return `<tr><td>${one.kind}<br>${safe(state)}</td><td>${safe(one.cause)}<br><em>${safe(one.act)}</em></td>
<td class="file">${linked(one.links.timeline, one.refundRequestId ?? one.paymentRequestId)}<br>${linked(one.links.line, place)}</td></tr>`;
}

function exceptionsTable({ items, nextCursor }: ListPage<ExceptionView>): string {
  if (items.length === 0) return '<h2>Exceptions</h2><p>None.</p>';
  const more = nextCursor === null ? '' : '<p>There are more than are listed here; the export has them all.</p>';
  return `<h2>Exceptions</h2><table><thead><tr><th>kind</th><th>cause and suggested act</th><th>where</th></tr></thead>
<tbody>${items.map(exceptionRow).join('')}</tbody></table>${more}`;
}

/** The report of a day as one page without scripts, for the screen and for the printer. */
export function dayReportPage(day: DayView, exceptions: ListPage<ExceptionView>): string {
  const seal = day.sealed
    ? `sealed by ${day.sealedBy} at ${day.sealedAt}`
    : day.compared
      ? 'compared, not sealed'
      : 'not compared yet';
  const { open, resolved } = day.exceptions;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Clearing day ${safe(day.date)}</title><link rel="stylesheet" href="/days/report.css"></head>
<body><h1>Clearing day ${safe(day.date)} (UTC+8)</h1><p>${safe(seal)}; ${open} exceptions open, ${resolved} resolved.
<a href="/api/days/${safe(day.date)}/export.csv">Lines as CSV</a></p>
${day.totals.map(totalsTable).join('\n')}
${exceptionsTable(exceptions)}
${filesTable(day)}
</body></html>
`;
}

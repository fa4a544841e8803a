import type Router from '@koa/router';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { pageFiles } from '../../http/page-files.js';
import type { ReconDesk } from '../../reconciliation/recon-desk.js';
import type { BackOfficeGate } from '../backoffice-gate.js';
import type { SessionDesk } from '../session-desk.js';
import { type AlertPagesParts, alertPages } from './alert-pages.js';
import { type AuditPagesParts, auditPages } from './audit-pages.js';
import { dayPages, type Site } from './day-pages.js';
import { helpPage } from './help-page.js';
import { loginPages } from './login-pages.js';
import { createPageKit, type NavEntry } from './page-kit.js';
import { createPageRouter } from './page-router.js';
import { type PaymentPagesParts, paymentPages } from './payment-pages.js';
import { type QuarantinePagesParts, quarantinePages } from './quarantine-pages.js';
import { type RulingPagesParts, rulingPages } from './ruling-pages.js';
import { type TodayPageParts, todayPage } from './today-page.js';
import { uploadPage } from './upload-page.js';
import { type VerifyPageParts, verifyPage } from './verify-page.js';

export interface PagesParts
  extends Omit<PaymentPagesParts & TodayPageParts, 'pages' | 'kit' | 'finder'>,
    Omit<RulingPagesParts, 'pages' | 'kit' | 'finder'>,
    Omit<AlertPagesParts, 'pages' | 'kit' | 'finder' | 'desk'>,
    Omit<QuarantinePagesParts, 'pages' | 'kit'>,
    Omit<AuditPagesParts, 'pages'> {
  readonly finder: PaymentPagesParts['finder'] & VerifyPageParts['finder'] & RulingPagesParts['finder'];
  readonly checkAgain: VerifyPageParts['checkAgain'];
  readonly sessions: SessionDesk;
  readonly gate: BackOfficeGate;
  readonly recon: ReconDesk;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: Site;
  /** IANA name of the shop's time zone. */
  readonly zone: string;
}

const ASSETS = [
  'frame.css',
  'parts.css',
  'days.css',
  'payments.css',
  'acts.css',
  'today.css',
  'upload.js',
  'live.js',
  'icon.svg',
];
const NAV: readonly NavEntry[] = [
  { href: '/', word: 'nav.today' },
  { href: '/payments', word: 'nav.payments' },
  { href: '/rulings', word: 'nav.rulings' },
  { href: '/alerts', word: 'nav.alerts' },
  { href: '/quarantine', word: 'nav.quarantine' },
  { href: '/days', word: 'nav.days' },
  { href: '/audit', word: 'nav.audit' },
  { href: '/help', word: 'nav.help' },
];

/** The pages for people, all of them. */
export async function pageRoutes(parts: PagesParts): Promise<readonly Router[]> {
  const kit = createPageKit({ ...parts, nav: NAV });
  const pages = createPageRouter({ ...parts, kit });
  todayPage({ ...parts, pages, kit });
  paymentPages({ ...parts, pages, kit });
  rulingPages({ ...parts, pages, kit });
  alertPages({ ...parts, pages, kit });
  quarantinePages({ ...parts, pages, kit });
  dayPages({ ...parts, pages, kit });
  uploadPage({ ...parts, pages });
  verifyPage({ ...parts, pages });
  auditPages({ ...parts, pages });
  helpPage(pages);
  return [await pageFiles(new URL('./assets/', import.meta.url), ASSETS), loginPages({ ...parts, kit, pages }), pages.router];
}

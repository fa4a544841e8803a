import { dialects } from '../upstream/dialects.js';

/** One lane of the demo with everything of its own: an upstream, a till, a display. */
export interface DemoDesk {
  readonly laneId: string;
  readonly terminalId: string;
  /** Of the upstream in the configuration; also names the desk in the page's address. */
  readonly upstreamId: string;
  readonly dialect: string;
  readonly clientId: string;
  /** As a sentence calls the upstream. */
  readonly name: string;
  /** As a list of APIs calls it. */
  readonly title: string;
  /** What stands on a shop's door. */
  readonly brand: string;
  /** What the customer scans, at the beginning of a sentence; null: an agreement is charged, and nothing is scanned. */
  readonly code: string | null;
  /** Left out: the answer to a repeated pay request brings the code again. */
  readonly repeatsCode?: boolean;
  /** Lines of the configuration that only this dialect needs. */
  readonly settings: (notifyPort: number) => readonly string[];
}

/** Customers who have agreed to be charged; the simulator acts by the token (see `docs/simulator.md`). */
export const DEMO_CUSTOMERS = [
  { reference: 'MEMBER-1', token: 'tok-demo-1', label: 'Member, has agreed' },
  { reference: 'MEMBER-2', token: 'tok-slow-demo-2', label: 'Member, the debit takes its time' },
  { reference: 'MEMBER-3', token: 'tok-decline-USER_AMOUNT_EXCEED_LIMIT', label: 'Member, limit reached' },
] as const;

/** Where the simulator's addresses lead. */
const CODE_HOST = 'code.example';
const ORDER_CODE = 'Order code';
const CASHIER_ADDRESS = 'Address of the wallet’s cashier';

type Row = Pick<DemoDesk, 'upstreamId' | 'dialect' | 'name' | 'code' | 'repeatsCode' | 'settings'>;

const charging = [
  'agreementsFile: ./agreements.yaml',
  // The demo sells for yen.
  'maxAmount: { currency: JPY, value: "999999999" }',
];

const ROWS: readonly Row[] = [
  {
    upstreamId: 'alipayplus',
    dialect: 'alipayplus_order_code',
    name: 'Alipay+',
    code: ORDER_CODE,
    settings: () => ['acquirerId: "1020000000000000001"'],
  },
  {
    upstreamId: 'mini-program',
    dialect: 'mini_program_cashier',
    name: 'Mini Program',
    code: CASHIER_ADDRESS,
    repeatsCode: false,
    settings: () => ['productCode: "51051000101000000011"', 'signatureEncoding: percent', `codeHosts: [${CODE_HOST}]`],
  },
  {
    upstreamId: 'rebell',
    dialect: 'rebell_cashier',
    name: 'Rebell',
    code: CASHIER_ADDRESS,
    settings: (notifyPort) => [
      'productCode: "51051000000011"',
      `codeHosts: [${CODE_HOST}]`,
      `cashierNotifyUrl: http://127.0.0.1:${notifyPort}/hooks/rebell/cashier`,
    ],
  },
  {
    upstreamId: 'rebell-agreement',
    dialect: 'rebell_agreement',
    name: 'Rebell',
    code: null,
    settings: () => ['productCode: "51051000000011"', ...charging],
  },
  { upstreamId: 'antom', dialect: 'antom_auto_debit', name: 'Antom', code: null, settings: () => charging },
];

/** The desks of the demo, one for each upstream; the first is the one that a call without further words reaches. */
export const DEMO_DESKS: readonly [DemoDesk, ...DemoDesk[]] = asDesks(ROWS);

function asDesks(rows: readonly Row[]): readonly [DemoDesk, ...DemoDesk[]] {
  const [first, ...others] = rows.map((row, index): DemoDesk => {
    const dialect = dialects.find(({ id }) => id === row.dialect);
    return {
      ...row,
      laneId: `lane-${index + 1}`,
      terminalId: `T0${index + 1}`,
      clientId: `SANDBOX_DEMO000000000000${index + 1}`,
      title: dialect?.title ?? row.name,
      brand: dialect?.brand ?? row.name,
    };
  });
  if (first === undefined) throw new Error('the demo has at least one desk');
  return [first, ...others];
}

/** The desk of an upstream; undefined for an unknown one. */
export function deskOf<D extends Pick<DemoDesk, 'upstreamId'>>(desks: readonly D[], upstreamId: string): D | undefined {
  return desks.find((desk) => desk.upstreamId === upstreamId);
}

/** Something operations must hear of; never moves a payment. Each has a line in docs/runbook.md. */
export const ALARMS = [
  'paid_after_end',
  'failed_after_paid',
  'money_differs',
  'id_conflict',
  'code_unusable',
  'inquiry_refused',
  'cancel_refused',
  'configuration_refused',
  'refused_after_silence',
  'unexpected_success',
  'notified_before_sent',
  'needs_attention',
  'cancel_unanswered',
  'late_money',
  'undo_refused',
  'undo_unanswered',
  'refund_refused',
  'refund_differs',
  'refund_unanswered',
  'refund_unknown_here',
] as const;
export type Alarm = (typeof ALARMS)[number];

import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'must be text, in quotes',
  number: 'must be a number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
};

/** What a caller reads where a schema says nothing of its own. */
export function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') return TYPES[issue.expected];
  if (issue.code === 'invalid_value') return `must be ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`;
  return undefined;
}

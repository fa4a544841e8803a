import assert from 'node:assert/strict';
import { z } from 'zod';
import { plainIssue } from '#src/http/plain-issue.js';

function messageOf(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value, { error: plainIssue }).error?.issues[0]?.message;
}

describe('what a caller reads about a wrong field', () => {
  it('says what must stand there, in words that need no knowledge of the program', () => {
    assert.equal(messageOf(z.string(), 1980), 'must be text, in quotes');
    assert.equal(messageOf(z.string(), undefined), 'is required');
    assert.equal(messageOf(z.boolean(), 'yes'), 'must be true or false');
    assert.equal(messageOf(z.array(z.string()), {}), 'must be a list');
    assert.equal(messageOf(z.strictObject({}), []), 'must be an object');
    assert.equal(messageOf(z.coerce.number(), 'x'), 'must be a number');
    assert.equal(messageOf(z.enum(['paid', 'failed']), 'gone'), 'must be "paid" or "failed"');
  });

  it('leaves the words of the schema alone where it has its own', () => {
    assert.equal(messageOf(z.string().regex(/^a$/, 'must be a'), 'b'), 'must be a');
    assert.equal(messageOf(z.int('must be a whole number'), 1.5), 'must be a whole number');
  });
});

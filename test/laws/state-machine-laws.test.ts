import assert from 'node:assert/strict';
import { STATES } from '#src/payment/payment.js';
import { type Rules, THE_RULES, type Violation, walk } from './law-walk.js';

function lawsBroken(violations: readonly Violation[]): number[] {
  return [...new Set(violations.map((v) => v.law))].sort();
}

function firstOf(violations: readonly Violation[]): string {
  return violations
    .slice(0, 5)
    .map((v) => `law ${v.law}: ${v.what}`)
    .join('\n');
}

describe('the eight laws of the payment state machine', function () {
  this.timeout(120_000);

  it('hold for every reachable life and every evidence', () => {
    const result = walk(THE_RULES);
    console.log(`      walked ${result.lives} lives, ${result.moves} moves`);
    assert.deepEqual([...result.states].sort(), [...STATES].sort(), 'every state is reached');
    assert.equal(result.violations.length, 0, firstOf(result.violations));
  });

  it('hold just so where customers are charged without a code', () => {
    const { violations } = walk(THE_RULES, undefined, undefined, true);
    assert.equal(violations.length, 0, firstOf(violations));
  });

  const planted: readonly { readonly error: string; readonly law: number; readonly rules: Rules }[] = [
    {
      error: 'expiry fails the payment',
      law: 1,
      rules: {
        ...THE_RULES,
        decide: (life, evidence, at) =>
          evidence.kind === 'clock' && evidence.what === 'codeExpired'
            ? { kind: 'moved', life: { ...life, state: 'failed', endedBy: 'inquiry' } }
            : THE_RULES.decide(life, evidence, at),
      },
    },
    {
      error: 'F after silence fails it',
      law: 3,
      rules: {
        ...THE_RULES,
        decide: (life, evidence, at) =>
          evidence.kind === 'payAnswered' && evidence.outcome.kind === 'refused'
            ? THE_RULES.decide({ ...life, sends: { ...life.sends, unclear: false } }, evidence, at)
            : THE_RULES.decide(life, evidence, at),
      },
    },
    {
      error: 'an unanswered cancel cancels it',
      law: 1,
      rules: {
        ...THE_RULES,
        decide: (life, evidence, at) =>
          evidence.kind === 'cancelAnswered' && evidence.outcome.kind === 'noAnswer'
            ? THE_RULES.decide(life, { kind: 'cancelAnswered', outcome: { kind: 'done' } }, at)
            : THE_RULES.decide(life, evidence, at),
      },
    },
    {
      error: 'a ruling needs no expiry',
      law: 8,
      rules: {
        ...THE_RULES,
        decide: (life, evidence, at) =>
          evidence.kind === 'ruled' && life.state === 'needs_attention'
            ? { kind: 'moved', life: { ...life, state: evidence.as, endedBy: 'ruling', alertToConfirm: true } }
            : THE_RULES.decide(life, evidence, at),
      },
    },
    {
      error: 'there is no deadline out of in_doubt',
      law: 6,
      rules: {
        ...THE_RULES,
        nextAction: (life, at, timing, slowed) => {
          const action = THE_RULES.nextAction(life, at, timing, slowed);
          return action.do === 'note' && action.what === 'deadlinePassed' ? { do: 'inquire', at: action.at } : action;
        },
      },
    },
  ];

  for (const { error, law, rules } of planted) {
    it(`law ${law} catches the planted error "${error}"`, () => {
      const broken = lawsBroken(walk(rules).violations);
      assert.ok(broken.includes(law), `laws broken: ${broken.join(', ') || 'none'}`);
    });
  }
});

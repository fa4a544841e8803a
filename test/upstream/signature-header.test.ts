import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { parseSignatureHeader, verifySignature } from '#src/upstream/signature.js';
import { vector, vectorBytes, vectorPublicKeys } from '../support/vectors.js';

const ANSWER = vector('pay_response');
const BODY = vectorBytes(ANSWER.bodyFile);
const VALUE = ANSWER.signaturePercentEncodedBase64;
const [THEIRS] = vectorPublicKeys('alipayplus_public_spki.pem').values();
const [OURS] = vectorPublicKeys('acqp_public_spki.pem').values();

function verify(header: string | readonly string[] | undefined, keys: Record<string, KeyObject | undefined> = { '1': THEIRS }) {
  const known = new Map(Object.entries(keys).flatMap(([version, key]) => (key === undefined ? [] : [[version, key] as const])));
  const { path, clientId, time } = ANSWER;
  return verifySignature(known, 'RSA256', header, { path, clientId, time }, BODY);
}

describe('signature header', () => {
  it('is read in any order, with or without blanks, whatever the case of its keys', () => {
    for (const header of [
      `algorithm=RSA256, keyVersion=1, signature=${VALUE}`,
      `algorithm=RSA256,keyVersion=1,signature=${VALUE}`,
      `signature=${VALUE},  keyVersion=1 , algorithm=RSA256`,
      `ALGORITHM=rsa256, KeyVersion=1, Signature = ${VALUE}`,
      `algorithm=RSA256, keyVersion=1, signature=${VALUE}, somethingNew=x, =y, z`,
    ]) {
      assert.equal(verify(header).kind, 'good', header.slice(0, 40));
    }
  });

  it('is split at the first = only, because Base64 may end in =', () => {
    assert.ok(ANSWER.signatureBase64.endsWith('='));
    assert.equal(parseSignatureHeader(`algorithm=RSA256,signature=${ANSWER.signatureBase64}`)?.signature, ANSWER.signatureBase64);
  });

  it('is unsigned when missing, and unreadable when a part is missing, doubled or empty', () => {
    assert.equal(verify(undefined).kind, 'unsigned');
    assert.equal(verify([]).kind, 'unsigned');
    assert.equal(verify('').kind, 'unsigned');
    for (const header of [
      'RSA256',
      `keyVersion=1, signature=${VALUE}`,
      'algorithm=RSA256, keyVersion=1',
      'algorithm=RSA256, keyVersion=1, signature=',
      `algorithm=RSA256, algorithm=RSA256, keyVersion=1, signature=${VALUE}`,
      `algorithm=RSA256, keyVersion=1, signature=${VALUE}, Signature=${VALUE}`,
    ]) {
      assert.deepEqual(verify(header), { kind: 'bad', why: 'headerUnreadable' }, header.slice(0, 40));
    }
  });

  it('counts for nothing when it came twice, even twice the same', () => {
    const header = `algorithm=RSA256, keyVersion=1, signature=${VALUE}`;
    assert.equal(verify([header, header]).kind, 'bad');
  });

  it('names another algorithm in vain', () => {
    for (const algorithm of ['ECC256', 'RSA512', 'RSA', 'none', 'HS256', 'RSA256 RSA256', '']) {
      const verdict = verify(`algorithm=${algorithm}, keyVersion=1, signature=${VALUE}`);
      assert.equal(verdict.kind, 'bad', algorithm);
    }
  });

  it('chooses the key by its version', () => {
    const header = (version: string) => `algorithm=RSA256, keyVersion=${version}, signature=${VALUE}`;
    assert.equal(verify(header('2'), { '1': OURS, '2': THEIRS }).kind, 'good');
    assert.deepEqual(verify(header('1'), { '1': OURS, '2': THEIRS }), { kind: 'bad', why: 'mismatch' });
    assert.deepEqual(verify(header('3'), { '1': OURS, '2': THEIRS }), { kind: 'bad', why: 'keyVersion' });
  });

  it('with an unknown or missing version is held against the only key there is, and says so', () => {
    const good = { kind: 'good', keyVersionUnknown: true };
    const { keyVersion: _0, ...unknown } = verify(`algorithm=RSA256, keyVersion=0, signature=${VALUE}`) as Record<
      string,
      unknown
    >;
    assert.deepEqual(unknown, good);
    const { keyVersion: _1, ...missing } = verify(`algorithm=RSA256, signature=${VALUE}`) as Record<string, unknown>;
    assert.deepEqual(missing, good);
    assert.deepEqual(verify(`algorithm=RSA256, keyVersion=0, signature=${VALUE}`, { '1': OURS }), {
      kind: 'bad',
      why: 'mismatch',
    });
  });
});

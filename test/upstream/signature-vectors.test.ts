import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { contentToSign, decodeSignature, type SigningKey, signatureHeader, verifySignature } from '#src/upstream/signature.js';
import {
  NEGATIVE_CASES,
  VECTORS,
  type Vector,
  vector,
  vectorBytes,
  vectorPrivateKey,
  vectorPublicKeys,
} from '../support/vectors.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const contextOf = ({ path, clientId, time }: Vector) => ({ path, clientId, time });

function verdictOf(
  one: Vector,
  changed: Partial<{ path: string; time: string; body: Uint8Array; key: string; value: string }> = {},
) {
  const header = `algorithm=RSA256, keyVersion=1, signature=${changed.value ?? one.signaturePercentEncodedBase64}`;
  const context = { ...contextOf(one), path: changed.path ?? one.path, time: changed.time ?? one.time };
  const keys = vectorPublicKeys(changed.key ?? one.verifierPublicKey);
  return verifySignature(keys, 'RSA256', header, context, changed.body ?? vectorBytes(one.bodyFile)).kind;
}

describe('signature on the supplied vectors', () => {
  for (const one of VECTORS) {
    describe(one.name, () => {
      const body = vectorBytes(one.bodyFile);

      it('signs exactly the bytes of the vector', () => {
        assert.equal(body.length, one.bodyBytes);
        assert.equal(sha256(body), one.bodySha256);
        const content = contentToSign(contextOf(one), body);
        assert.deepEqual(Buffer.from(content), vectorBytes(one.contentToSignFile));
        assert.equal(sha256(content), one.contentToSignSha256);
      });

      it('writes the very same signature in each of the three encodings', async () => {
        const key: SigningKey = {
          privateKey: vectorPrivateKey(one.signerPrivateKey),
          keyVersion: '1',
          algorithmText: 'RSA256',
          encoding: 'percent',
        };
        const written = (encoding: SigningKey['encoding']) => signatureHeader({ ...key, encoding }, contextOf(one), body);
        assert.equal(await written('percent'), one.headers['Signature']);
        assert.equal(await written('plain'), `algorithm=RSA256, keyVersion=1, signature=${one.signatureBase64}`);
        assert.equal(await written('url'), `algorithm=RSA256, keyVersion=1, signature=${one.signatureBase64UrlNoPad}`);
      });

      it('verifies in all three encodings, with and without padding', () => {
        const { signatureBase64: plain, signaturePercentEncodedBase64: percent, signatureBase64UrlNoPad: url } = one;
        for (const value of [plain, percent, url, plain.replace(/=+$/, ''), `${url}==`]) {
          assert.equal(verdictOf(one, { value }), 'good', value.slice(-12));
        }
      });
    });
  }

  const refusals: Readonly<Record<string, () => string>> = {
    body_reserialised: () => {
      const spaced = vectorBytes('notify_request.body.json').toString('utf8').replaceAll(':"', ': "').replaceAll(',"', ', "');
      return verdictOf(vector('notify_request'), { body: Buffer.from(spaced) });
    },
    wrong_path: () => verdictOf(vector('notify_request'), { path: '/aps/api/v1/payments/notifyPayment' }),
    time_swapped: () => verdictOf(vector('pay_response'), { time: vector('pay_request').time }),
    trailing_newline: () =>
      verdictOf(vector('pay_response'), { body: Buffer.concat([vectorBytes('pay_response.body.json'), Buffer.from('\n')]) }),
    wrong_key: () => verdictOf(vector('pay_response'), { key: 'acqp_public_spki.pem' }),
    plus_to_space: () => {
      const { signatureBase64 } = vector('pay_response');
      assert.ok(signatureBase64.includes('+'), 'the case needs a signature with a plus');
      assert.equal(verdictOf(vector('pay_response'), { value: signatureBase64 }), 'good', 'a bare plus stays a plus');
      return verdictOf(vector('pay_response'), { value: signatureBase64.replaceAll('+', ' ') });
    },
  };

  it('has a test for every negative case that was supplied', () => {
    assert.deepEqual(Object.keys(refusals), NEGATIVE_CASES);
  });

  for (const [name, verdict] of Object.entries(refusals)) {
    it(`refuses the case ${name}`, () => {
      assert.equal(verdict(), 'bad');
    });
  }

  it('takes a signature for nothing unless it is 256 bytes', () => {
    const { signatureBase64 } = vector('pay_response');
    const raw = Buffer.from(signatureBase64, 'base64');
    assert.equal(decodeSignature(raw.subarray(1).toString('base64')), undefined);
    assert.equal(decodeSignature(Buffer.concat([raw, Buffer.from([0])]).toString('base64')), undefined);
    assert.equal(decodeSignature('%E0%A4%A'), undefined);
    assert.equal(decodeSignature(''), undefined);
    assert.equal(decodeSignature(`${signatureBase64}\u0000`), undefined);
    assert.deepEqual(decodeSignature(signatureBase64), raw);
  });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseHeaderTime } from '#src/base/clock.js';
import { dialects } from '#src/upstream/dialects.js';
import { contentToSign, signatureHeader, verifySignature } from '#src/upstream/signature.js';
import { timeText } from '#src/upstream/signed-call.js';
import { vectorBytes, vectorPrivateKey, vectorPublicKeys } from '../support/vectors.js';

/** A pay request of a sibling as openssl signed it (`test/vectors/siblings/make_vectors.sh`). */
interface SiblingVector {
  readonly dialect: string;
  readonly path: string;
  readonly clientId: string;
  readonly time: string;
  readonly bodyFile: string;
  readonly bodySha256: string;
  readonly contentToSignFile: string;
  readonly contentToSignSha256: string;
  readonly signature: string;
}

const bytesOf = (file: string) => vectorBytes(`siblings/${file}`);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const { vectors } = JSON.parse(bytesOf('vectors.json').toString('utf8')) as { readonly vectors: readonly SiblingVector[] };

describe('signing profile of a sibling against openssl', () => {
  it('has a vector for every dialect but the order code, which has its own', () => {
    const siblings = dialects.map(({ id }) => id).filter((id) => id !== 'alipayplus_order_code');
    assert.deepEqual(vectors.map(({ dialect }) => dialect).sort(), siblings.sort());
  });

  for (const one of vectors) {
    const body = bytesOf(one.bodyFile);
    const context = { path: one.path, clientId: one.clientId, time: one.time };
    const signing = dialects.find(({ id }) => id === one.dialect)?.signing;
    assert.ok(signing !== undefined, one.dialect);

    it(`(${one.dialect}) signs the very bytes, with its algorithm text and encoding`, async () => {
      assert.equal(sha256(body), one.bodySha256);
      const content = contentToSign(context, body);
      assert.deepEqual(Buffer.from(content), bytesOf(one.contentToSignFile));
      assert.equal(sha256(content), one.contentToSignSha256);
      const { algorithmText, encoding } = signing;
      const key = { privateKey: vectorPrivateKey('acqp_private_pkcs8.pem'), keyVersion: '1', algorithmText, encoding };
      assert.equal(await signatureHeader(key, context, body), one.signature);
    });

    it(`(${one.dialect}) verifies what openssl signed, and not under another path, time or body`, () => {
      const keys = vectorPublicKeys('acqp_public_spki.pem');
      const verdict = (changed: Partial<typeof context> = {}, bytes: Uint8Array = body) =>
        verifySignature(keys, signing.algorithmText, one.signature, { ...context, ...changed }, bytes).kind;
      assert.equal(verdict(), 'good');
      assert.equal(verdict({ path: '/aps/api/v1/payments/pay' }), 'bad');
      assert.equal(verdict({ time: `${one.time}0` }), 'bad');
      assert.equal(verdict({}, Buffer.concat([body, Buffer.from('\n')])), 'bad');
    });

    it(`(${one.dialect}) writes the time of its vector as the header of its dialect`, () => {
      const at = parseHeaderTime(one.time);
      assert.ok(at !== undefined);
      assert.equal(timeText(signing.requestTime, at), one.time);
    });
  }
});

import { invariant } from './base/assert.js';
import { codeMatrix, codePng, codeSvg } from './display/order-code-image.js';

/** Order codes as pictures, for tills with a screen of their own. */
export const pictures = {
  svg: async (codeText: string) => codeSvg(matrixOf(codeText)),
  png: async (codeText: string) => codePng(matrixOf(codeText)),
};

function matrixOf(codeText: string) {
  const matrix = codeMatrix(codeText);
  invariant(matrix !== undefined, 'a code that was accepted fits a QR symbol');
  return matrix;
}

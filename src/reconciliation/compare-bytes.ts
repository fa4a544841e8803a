/** The order of two stretches of bytes, which is that of the text for everything that is ASCII: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): number {
  let left = aFrom;
  let right = bFrom;
  for (; left < aTo && right < bTo; left += 1, right += 1)
    if (a[left] !== b[right]) return (a[left] as number) - (b[right] as number);
  return aTo - left - (bTo - right);
}

/** Where the next `wanted` stands; `to` when there is none before it. */
export function placeOf(wanted: number, bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== wanted) at += 1;
  return at;
}

/** Pure: an SVG that shows nothing any more `leftMs` after it was loaded, also on a page without scripts and with the bridge gone. */
export function endingBy(svg: string, leftMs: number): string {
  const begin = svg.indexOf('>') + 1;
  const end = svg.lastIndexOf('</svg>');
  const ends = `<set attributeName="visibility" to="hidden" begin="${Math.max(0, Math.floor(leftMs))}ms" fill="freeze"/>`;
  return `${svg.slice(0, begin)}<g>${svg.slice(begin, end)}${ends}</g>${svg.slice(end)}`;
}

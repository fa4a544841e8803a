/** What happens to a character behind the fortieth place. */
export type WriteMode = 'overwrite' | 'scroll';

/** Forty places for characters and a cursor. */
export interface CharacterScreen {
  /** Rows as they stand there, each 20 characters. */
  rows(): readonly [string, string];
  write(byte: number): void;
  /** 0 to 19 is the top row, 20 to 39 the bottom row; anything else is ignored. */
  moveTo(place: number): void;
  setMode(mode: WriteMode): void;
  /** Blanks the places from one to another, both included. */
  blank(from: number, to: number): void;
  /** Blanks everything, cursor to the first place. */
  clear(): void;
  /** Blanks the cursor's row and moves to its start. */
  clearRow(): void;
  carriageReturn(): void;
  lineFeed(): void;
}

const COLUMNS = 20;
const PLACES = 2 * COLUMNS;
const SPACE = ' ';

/** A blank screen that overwrites. Bytes beyond ASCII stand there as `¤`: which character they are depends on the code page. */
export function createCharacterScreen(): CharacterScreen {
  let cells = Array.from({ length: PLACES }, () => SPACE);
  let cursor = 0;
  let mode: WriteMode = 'overwrite';

  function scroll(): void {
    cells = [...cells.slice(COLUMNS), ...Array.from({ length: COLUMNS }, () => SPACE)];
    cursor = COLUMNS;
  }
  const rowStart = () => cursor - (cursor % COLUMNS);

  const screen: CharacterScreen = {
    rows: () => [cells.slice(0, COLUMNS).join(''), cells.slice(COLUMNS).join('')],
    write(byte) {
      if (cursor === PLACES) {
        if (mode === 'scroll') scroll();
        else cursor = 0;
      }
      cells[cursor] = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '¤';
      cursor += 1;
      if (cursor === PLACES && mode === 'overwrite') cursor = 0;
    },
    moveTo(place) {
      if (place >= 0 && place < PLACES) cursor = place;
    },
    setMode(next) {
      mode = next;
    },
    blank(from, to) {
      for (let i = Math.max(from, 0); i <= Math.min(to, PLACES - 1); i += 1) cells[i] = SPACE;
    },
    clear() {
      screen.blank(0, PLACES - 1);
      cursor = 0;
    },
    clearRow() {
      cursor = Math.min(cursor, PLACES - 1);
      screen.blank(rowStart(), rowStart() + COLUMNS - 1);
      cursor = rowStart();
    },
    carriageReturn() {
      cursor = Math.min(cursor, PLACES - 1);
      cursor = rowStart();
    },
    lineFeed() {
      if (cursor < COLUMNS) cursor += COLUMNS;
      else if (mode === 'scroll') scroll();
      else cursor -= COLUMNS;
    },
  };
  return screen;
}

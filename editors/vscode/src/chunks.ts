// Cuts what a command printed into pieces that fit a message.

/** The text of one message in bytes of UTF-8, and of one id in all: PROTOCOL's. */
export const CHUNK = 64 * 1024;
export const KEPT = 1024 * 1024;

/** A unit of UTF-16 is at most three bytes of UTF-8. */
const UNITS = Math.floor(CHUNK / 3);

/** The last KEPT units of a text; never the second half of a character first. */
export function tail(text: string): string {
  if (text.length <= KEPT) {
    return text;
  }
  const from = text.length - KEPT;
  return text.slice(isSecondHalf(text, from) ? from + 1 : from);
}

/** The pieces of a text, in order; none for an empty one. */
export function chunks(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + UNITS, text.length);
    if (isSecondHalf(text, to)) {
      to--;
    }
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

/** Whether the unit at an index is the second of a character of two. */
function isSecondHalf(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

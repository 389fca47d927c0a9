// What is kept of a local variable: its type, and whether it has a value.
import type { Local } from './protocol';

/** A variable as a debugger tells it. */
export interface Variable {
  name: string;
  value: string;
  type?: string;
}

/** A type's name is cut here, in characters: what people name a type is shorter. */
const TYPE_LENGTH = 100;

/** How languages print that there is no value. */
const NONE = /^(null|undefined|None|nil|<nil>|nullptr|NULL|0x0+|\(null\)|Nothing)$/;

/** The value is looked at here, and leaves this function as yes or no. */
export function localOf({ type, value }: Variable): Local {
  return { type: (type ?? '').slice(0, TYPE_LENGTH), null: NONE.test(value.trim()) };
}

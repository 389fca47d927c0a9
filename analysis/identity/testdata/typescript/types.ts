import { missing } from "./other.js";
import * as nothing from "./nowhere.js";

interface User { name: string; age?: number; address: { street: string } }

export function undeclared() { return notThere; }
export function property(u: User) { return u.nmae + u.unknown; }
export const assigned: number = "text";
export const literal: "a" | "b" = "c";
export const object: User = { name: 1, address: { street: "x" } };
export const lacks: User = { name: "x" };
export const excess: User = { name: "x", address: { street: "y" }, extra: 1 };
export function args(a: number, b?: string): number { return a + (b ? 1 : 0); }
args();
args(1, "x", 2);
args("x");
export function maybe(u?: User) { return u.name; }
export function maybeNull(s: string | null) { return s.length; }
export function implicit(x) { return x; }
export function returns(a: boolean): number { if (a) { return 1; } }
export function noReturn(): number { }
const unusedConst = 1;
export function unusedParam(a: number) { return 1; }
export class A { private x = 1; constructor(readonly y: string) {} }
new A();
new A("x").x;
export class B extends A implements User { }
const c = 1;
c = 2;
let c = 3;
export const op = 1 + {} * "x";
export const nan = "a" - 1;
export async function waits() { const v: string = Promise.resolve("x"); return v; }
export function notAsync() { await waits(); }
export const idx = { a: 1 }["b"];
declare const dict: { a: number };
export const byKey = (k: string) => dict[k];
unknownCall();
"x".foo();
export const cmp = 1 === "x";
export type Q = Undefined<string>;
export const g = args.call(1);
let before = after; let after = 1;
export default undefinedDefault;
if (true) { return; }
export const t: [number, string] = [1];
for (const x of 5) { x; }
export const fn: (a: string) => void = (a: number, b: number) => { };
abstract class Abs { abstract m(): void; }
new Abs();
class Sub extends Abs { }
new Sub();
enum E { A }
E.B;
export const as = 1 as string;
try { } catch (e) { e.message; }
export const over = "x".padStart("y");
export function dup(a: number, a: string) { }
require("x");
process.exit(1);

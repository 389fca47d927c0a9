export const a = [1, 2;
function f( {
}
const b = ;
if (a {
}
class { }
let x = 1 2;
const s = "abc

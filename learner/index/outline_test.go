package index

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestOutline reads small texts of each language: imports, then definitions, a
// line each.
func TestOutline(t *testing.T) {
	for _, tt := range []struct{ language, text, want string }{
		{"go", `package a

import (
	"fmt"
	str "strings"
)

type T[K any] struct {
	io.Reader
	A, b int
}

type I interface {
	M(x int) error
	J
}

type D time.Duration

const c, d = 1, "x"

var e = &T[int]{}

func F(ctx context.Context, rest ...string) (n int, err error) { return 0, nil }

func (t *T[K]) m() *T[K] { return t }
`, `package a
import fmt
import strings as str
struct T
field T.Reader io.Reader
field T.A int
field T.b int
interface I
method I.M(x int) (error)
field I.J J
type D time.Duration
const c
const d
var e *T[int]
func F(ctx context.Context, rest ...string) (n int, err error)
method T.m() (*T[K])
`},
		{"typescript", `import a, {b as c, type d} from './m';
import * as n from "n";
export * from './all';
export {x as y} from './x';
class C extends B<number> {
  #p = 1;
  q?: string;
  m(a: number, b?: string, ...c: any[]): Promise<void> {}
}
export interface I { f: string; g(): void }
export type U = 'a' | 'b';
export const k = (x: number) => x;
export default function z(o = 1) {}
enum E { A, B = 2 }
function late() {}
export {late};
`, `import b of ./m as c
import d of ./m
import default of ./m as a
import * of n as n
var * from ./all
var y from ./x
struct C extends B<number>
field C.#p
field C.q string
method C.m(a number, b string, c ...any[]) (Promise<void>)
interface I
field I.f string
method I.g() (void)
type U 'a' | 'b'
func k(x number) ()
func z(o) ()
type E
const E.A E
const E.B E
func late() ()
`},
		{"python", `import os.path as p
from .a import b, c as d
X: int = 1
class K(Base):
    y = 2
    def __init__(self, n, *args, k=1):
        self.z = n
    @property
    def w(self) -> str: ...
async def f(a: int, b="x") -> None:
    pass
if True:
    def g(): pass
`, `import os.path as p
import b of .a
import c of .a as d
var X int
struct K (Base)
field K.y
method K.__init__(n, args ..., k) ()
field K.z
method K.w() (str)
func f(a int, b) (None)
func g() ()
`},
	} {
		t.Run(tt.language, func(t *testing.T) {
			f, err := parse(context.Background(), "a", tt.language, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := described(f); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			again := &File{Path: "a"}
			if !again.decode(f.encode()) || !reflect.DeepEqual(f, again) {
				t.Errorf("encoded and decoded it is\n%s", described(again))
			}
		})
	}
}

func described(f *File) string {
	var b strings.Builder
	if f.Package != "" {
		fmt.Fprintln(&b, "package", f.Package)
	}
	for _, i := range f.Imports {
		line := "import "
		if i.Name != "" {
			line += i.Name + " of "
		}
		line += i.Module
		if i.Alias != "" {
			line += " as " + i.Alias
		}
		fmt.Fprintln(&b, line)
	}
	names := []string{"func", "method", "type", "struct", "interface", "const", "var", "field"}
	for i := range f.Symbols {
		s := &f.Symbols[i]
		line := names[s.Kind] + " "
		if s.Of != "" {
			line += s.Of + "."
		}
		line += s.Name
		if s.Callable() {
			line += s.Signature()
		} else if s.Type != "" {
			line += " " + s.Type
		}
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

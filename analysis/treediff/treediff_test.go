package treediff

import (
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

func words(s string) []Token {
	return Tokens(syntax.Lex(syntax.Row("x"), s, true, analysis.Span{End: len(s)}))
}

func TestHunks(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"equal", "a b c", "a b c", ""},
		{"insert", "f(x)", "f(g(x))", "[] → [g (]|[] → [)]"},
		{"replace", "a == b", "a === b", "[==] → [===]"},
		{"names hold on", "a(b)", "(b).a", "[a] → []|[] → [. a]"},
		{"all", "a", "b", "[a] → [b]"},
		{"delete", "x, y, z", "x, z", "[y ,] → []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := words(c.a), words(c.b)
			var got []string
			for _, h := range Hunks(a, b) {
				got = append(got, show(a[h.A0:h.A1])+" → "+show(b[h.B0:h.B1]))
			}
			if g := strings.Join(got, "|"); g != c.want {
				t.Errorf("got %s, want %s", g, c.want)
			}
		})
	}
}

func show(ts []Token) string {
	var s []string
	for _, t := range ts {
		s = append(s, t.Text)
	}
	return "[" + strings.Join(s, " ") + "]"
}

func FuzzHunks(f *testing.F) {
	f.Add("a b c", "a c b")
	f.Add(strings.Repeat("x y ", 400), strings.Repeat("y x ", 399)+"z")
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := words(x), words(y)
		var got []Token
		at := int32(0)
		for _, h := range Hunks(a, b) {
			if h.A0 < at || h.A1 < h.A0 || h.B1 < h.B0 {
				t.Fatalf("hunk %+v out of order", h)
			}
			got = append(got, a[at:h.A0]...)
			if int32(len(got)) != h.B0 {
				t.Fatalf("hunk %+v does not start where b is", h)
			}
			got = append(got, b[h.B0:h.B1]...)
			at = h.A1
		}
		got = append(got, a[at:]...)
		if len(got) != len(b) {
			t.Fatalf("%d tokens, want %d", len(got), len(b))
		}
		for i := range got {
			if got[i] != b[i] {
				t.Fatalf("token %d: %v, want %v", i, got[i], b[i])
			}
		}
	})
}

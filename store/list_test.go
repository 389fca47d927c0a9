package store

import (
	"reflect"
	"testing"

	"github.com/dejafix/dejafix/analysis"
)

func TestLists(t *testing.T) {
	for _, edits := range [][]analysis.Edit{
		nil,
		{{Span: analysis.Span{Start: 0, End: 1 << 20}, New: "\xff\x00ü"}},
		{{New: ""}, {Span: analysis.Span{Start: -1, End: -5}, New: "x"}},
	} {
		b := appendList(edits, writeEdit)
		got, err := readList(b, readEdit)
		if err != nil || !reflect.DeepEqual(got, edits) {
			t.Errorf("%v came back as %v, %v", edits, got, err)
		}
		for i := 1; i < len(b); i++ {
			if _, err := readList(b[:i], readEdit); err == nil {
				t.Errorf("%v cut to %d bytes: no error", edits, i)
			}
		}
	}
}

// FuzzLists: a damaged column is an error, never a panic, nor memory without
// bound.
func FuzzLists(f *testing.F) {
	f.Add(appendList([]analysis.Edit{{New: "a"}, {Span: analysis.Span{Start: 3, End: 9}, New: ""}}, writeEdit))
	f.Add(appendList([]string{"one", ""}, (*list).str))
	f.Add([]byte{})
	f.Add([]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		if edits, err := readList(b, readEdit); err == nil {
			if again, err := readList(appendList(edits, writeEdit), readEdit); err != nil || len(again) != len(edits) {
				t.Errorf("%v came back as %v, %v", edits, again, err)
			}
		}
		if strs, err := readList(b, (*listReader).str); err == nil {
			if again, err := readList(appendList(strs, (*list).str), (*listReader).str); err != nil || len(again) != len(strs) {
				t.Errorf("%q came back as %q, %v", strs, again, err)
			}
		}
	})
}

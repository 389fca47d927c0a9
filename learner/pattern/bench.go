package pattern

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/dejafix/dejafix/analysis"
)

// maxSpecimens bounds a Bench: an example made ready for learning takes about
// 100 KB (measured on ruff's and clippy's repairs), so this is some 12 MB.
const maxSpecimens = 120

// A Bench keeps the examples that were learned from lately as they were made
// ready for learning, so that learning one more of a rule costs that one. The
// zero Bench works, and a nil one keeps nothing. It has one owner and is not
// safe for concurrent use.
type Bench struct {
	entries map[[32]byte]*list.Element // of *bench
	order   list.List                  // newest in front
}

type bench struct {
	key      [32]byte
	specimen *specimen // nil when there is nothing to learn
}

// specimen returns ex made ready, nil when there is nothing to learn from it.
func (b *Bench) specimen(ex *analysis.Example) *specimen {
	if b == nil {
		return ready(ex)
	}
	key := exampleKey(ex)
	if el, ok := b.entries[key]; ok {
		b.order.MoveToFront(el)
		return el.Value.(*bench).specimen
	}
	if b.entries == nil {
		b.entries = map[[32]byte]*list.Element{}
	}
	e := &bench{key: key, specimen: ready(ex)}
	b.entries[key] = b.order.PushFront(e)
	for b.order.Len() > maxSpecimens {
		old := b.order.Back()
		b.order.Remove(old)
		gone := old.Value.(*bench)
		delete(b.entries, gone.key)
		if gone.specimen == nil {
			continue
		}
		for el := b.order.Front(); el != nil; el = el.Next() {
			if sp := el.Value.(*bench).specimen; sp != nil {
				for _, t := range sp.templates {
					delete(t.votes, gone.specimen)
				}
			}
		}
	}
	return e.specimen
}

// ready parses ex and generalises it.
func ready(ex *analysis.Example) *specimen {
	sp := newSpecimen(context.Background(), *ex)
	if sp == nil {
		return nil
	}
	sp.templates = sp.generalize()
	return sp
}

// exampleKey names what learning looks at.
func exampleKey(ex *analysis.Example) [32]byte {
	h := sha256.New()
	var buf [8]byte
	num := func(n int) {
		binary.LittleEndian.PutUint64(buf[:], uint64(n))
		h.Write(buf[:])
	}
	text := func(s string) {
		num(len(s))
		h.Write([]byte(s))
	}
	text(ex.ID)
	text(ex.Language)
	text(ex.Identity.Key())
	text(ex.Diagnostic.Message)
	num(ex.Diagnostic.Span.Start)
	num(ex.Diagnostic.Span.End)
	if ex.Diagnostic.NoSpan {
		num(1)
	}
	text(string(ex.FixType))
	text(ex.Before)
	for _, e := range ex.Edits {
		num(e.Span.Start)
		num(e.Span.End)
		text(e.New)
	}
	return [32]byte(h.Sum(nil))
}

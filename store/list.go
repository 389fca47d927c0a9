package store

import (
	"encoding/binary"
	"fmt"
)

// A list keeps the lists of an example (edits, shape, symptoms, steps) in one
// column each: numbers as varints, strings as their length and their bytes,
// exactly as they were. JSON in its place took two fifths of the time of a
// look-up (BenchmarkExamplesByRule), and keeps only UTF-8.
type list []byte

func (l *list) num(n int) { *l = binary.AppendVarint(*l, int64(n)) }

func (l *list) str(s string) {
	l.num(len(s))
	*l = append(*l, s...)
}

// A listReader reads a list in the order it was written. What is not a list
// gives zero values and sets bad: a damaged file must not crash the server.
type listReader struct {
	rest []byte
	bad  bool
}

func (r *listReader) num() int {
	n, k := binary.Varint(r.rest)
	if k <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[k:]
	return int(n)
}

// len reads a number of things that take at least one byte each.
func (r *listReader) len() int {
	n := r.num()
	if n < 0 || n > len(r.rest) {
		r.bad, r.rest = true, nil
		return 0
	}
	return n
}

func (r *listReader) str() string {
	n := r.len()
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

// end reports whether all was read and made sense.
func (r *listReader) end() error {
	if r.bad || len(r.rest) > 0 {
		return fmt.Errorf("%w: a list does not end where it should", ErrCorrupt)
	}
	return nil
}

// appendList writes the elements of xs with f; no element is no byte.
func appendList[T any](xs []T, f func(*list, T)) []byte {
	l := list{}
	if len(xs) > 0 {
		l.num(len(xs))
		for _, x := range xs {
			f(&l, x)
		}
	}
	return l
}

// readList is the opposite of appendList.
func readList[T any](b []byte, f func(*listReader) T) ([]T, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r := &listReader{rest: b}
	xs := make([]T, r.len())
	for i := range xs {
		xs[i] = f(r)
	}
	return xs, r.end()
}

package proxy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxDepth bounds how deep JSON may nest that is looked into; LSP's own messages
// stay under 30 levels. What nests deeper passes unread.
const maxDepth = 1000

// A span is a part of a message, as offsets of its bytes.
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

// skipSpace returns the first offset from i on that is no white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset behind the string that starts at i; false when
// it does not end.
func skipString(b []byte, i int) (int, bool) {
	for from := i + 1; ; {
		q := bytes.IndexByte(b[min(from, len(b)):], '"')
		if q < 0 {
			return 0, false
		}
		q += from
		n := 0
		for q-1-n > i && b[q-1-n] == '\\' {
			n++
		}
		if n%2 == 0 {
			return q + 1, true
		}
		from = q + 1
	}
}

// skipValue returns the offset behind the value that starts at i; false when it
// does not end, or is none. It does not say whether the value is well-formed.
func skipValue(b []byte, i int) (int, bool) {
	if i >= len(b) {
		return 0, false
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				var ok bool
				if i, ok = skipString(b, i); !ok {
					return 0, false
				}
				continue
			case '{', '[':
				if depth++; depth > maxDepth {
					return 0, false
				}
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1, true
				}
			}
			i++
		}
		return 0, false
	}
	start := i
	for i < len(b) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzE", b[i]) >= 0 {
		i++
	}
	return i, i > start && i < len(b) // a number may go on where the bytes end
}

// A member is one of an object: its key without quotes and escapes left as they
// are, its value, and both with what is between.
type member struct {
	key   span
	value span
	whole span
}

// members calls yield with each member of the object at i, until it returns
// false. It returns where the object ends, behind its brace; false when it does
// not end (in b), or is no object. started is called when a value starts whose
// end is not known yet.
func members(b []byte, i int, started func(key []byte), yield func(member) bool) (end int, ok bool) {
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != '{' {
		return 0, false
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, true
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return 0, false
		}
		var m member
		after, ok := skipString(b, i)
		if !ok {
			return 0, false
		}
		m.key = span{i + 1, after - 1}
		at := skipSpace(b, after)
		if at >= len(b) || b[at] != ':' {
			return 0, false
		}
		at = skipSpace(b, at+1)
		if at < len(b) && started != nil {
			started(m.key.of(b))
		}
		stop, ok := skipValue(b, at)
		if !ok {
			return 0, false
		}
		m.value, m.whole = span{at, stop}, span{i, stop}
		if !yield(m) {
			return 0, false
		}
		i = skipSpace(b, stop)
		switch {
		case i < len(b) && b[i] == '}':
			return i + 1, true
		case i < len(b) && b[i] == ',':
			i = skipSpace(b, i+1)
		default:
			return 0, false
		}
	}
}

// object is the members of an object by key, and where its closing brace is.
type object struct {
	members map[string]member
	at      int // of the opening brace
	brace   int // of the closing one
}

// objectAt reads the object that starts at i.
func objectAt(b []byte, i int) (object, bool) {
	o := object{members: map[string]member{}, at: skipSpace(b, i)}
	end, ok := members(b, i, nil, func(m member) bool {
		o.members[string(m.key.of(b))] = m
		return true
	})
	o.brace = end - 1
	return o, ok
}

// find is the value at a path of keys in the object at i.
func find(b []byte, i int, path ...string) (m member, ok bool) {
	for n, key := range path {
		found := false
		members(b, i, nil, func(each member) bool {
			if string(each.key.of(b)) == key {
				m, found = each, true
			}
			return !found
		})
		if !found {
			return member{}, false
		}
		if n < len(path)-1 {
			i = m.value.start
		}
	}
	return m, true
}

// An envelope is what is read of a message to know what is to be done with it.
type envelope struct {
	method string // "" when there is none
	id     span   // empty when there is none
	params span
	result span // of an answer; empty in one that is an error
	answer bool // it has a result or an error
	whole  bool // all of it was read, and it is an object
	object
}

// open reads the envelope of a body of which the end may be missing.
func open(b []byte) envelope {
	var e envelope
	e.at = skipSpace(b, 0)
	end, ok := members(b, 0, func(key []byte) {
		if k := string(key); k == "result" || k == "error" {
			e.answer = true
		}
	}, func(m member) bool {
		switch string(m.key.of(b)) {
		case "method":
			e.method, _ = text(m.value.of(b))
		case "id":
			if string(m.value.of(b)) != "null" {
				e.id = m.value
			}
		case "params":
			e.params = m.value
		case "result":
			e.result = m.value
		}
		return true
	})
	e.brace = end - 1
	e.whole = ok && skipSpace(b, end) == len(b)
	return e
}

// text reads a JSON string.
func text(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// idKey is an id as ids are compared: 1 is not "1", and "a\/b" is "a/b".
func idKey(raw []byte) string {
	if s, ok := text(raw); ok {
		return "\"" + s
	}
	return string(raw)
}

// An edit replaces a part of a message.
type edit struct {
	at  span
	new []byte
}

// rewrite makes edits, which do not overlap and are in order, in a copy of b.
func rewrite(b []byte, edits ...edit) []byte {
	n := len(b)
	for _, e := range edits {
		n += len(e.new) - (e.at.end - e.at.start)
	}
	out := make([]byte, 0, n)
	from := 0
	for _, e := range edits {
		out = append(append(out, b[from:e.at.start]...), e.new...)
		from = e.at.end
	}
	return append(out, b[from:]...)
}

// without takes the member m of an object out, with one of the commas around it.
func without(b []byte, m member) edit {
	s := m.whole
	if i := skipSpace(b, s.end); i < len(b) && b[i] == ',' {
		return edit{at: span{s.start, skipSpace(b, i+1)}}
	}
	i := s.start - 1
	for i > 0 && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i--
	}
	if i > 0 && b[i] == ',' {
		s.start = i
	}
	return edit{at: s}
}

// with puts members at the end of an object: `"a":1,"b":2`. nil for none.
func (o object) with(list ...string) edit {
	s := strings.Join(list, ",")
	if len(o.members) > 0 && s != "" {
		s = "," + s
	}
	return edit{at: span{o.brace, o.brace}, new: []byte(s)}
}

// quote is s as a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string
	}
	return string(b)
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// blanked is a text of JSON with comments and trailing commas, as editors keep
// their settings in, made plain JSON of the same length: what JSON does not have
// becomes blanks, so that offsets stay true.
func blanked(text string) ([]byte, error) {
	out := []byte(text)
	comma := -1 // the last comma with nothing but blanks behind it
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '"':
			end := i + 1
			for end < len(out) && out[end] != '"' && out[end] != '\n' {
				if out[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(out) || out[end] != '"' {
				return nil, fmt.Errorf("a string begins at byte %d and does not end on its line", i)
			}
			i, comma = end, -1
		case c == '/' && i+1 < len(out) && (out[i+1] == '/' || out[i+1] == '*'):
			end := bytes.IndexByte(out[i:], '\n')
			if out[i+1] == '*' {
				if end = bytes.Index(out[i+2:], []byte("*/")); end < 0 {
					return nil, fmt.Errorf("a comment begins at byte %d and does not end", i)
				}
				end += 4
			}
			if end < 0 {
				end = len(out) - i
			}
			for j := i; j < i+end; j++ {
				if out[j] != '\n' && out[j] != '\r' {
					out[j] = ' '
				}
			}
			i += end - 1
		case c == ',':
			comma = i
		case c == '}' || c == ']':
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			comma = -1
		}
	}
	return out, nil
}

// settings is a file of settings, as far as setup has to know it.
type settings struct {
	whole  map[string]any
	inside int  // the byte behind the { of the whole
	empty  bool // it has no member
	// The same of the member that was asked for, where it is there.
	member      map[string]any
	memberAt    int
	memberEmpty bool
	has         bool
}

// readSettings reads a text of settings, and finds the member name of it, which
// must be an object where it is there.
func readSettings(text, name string) (*settings, error) {
	plain, err := blanked(text)
	if err != nil {
		return nil, err
	}
	s := &settings{}
	if err := json.Unmarshal(plain, &s.whole); err != nil {
		return nil, err
	}
	if s.whole == nil {
		return nil, errors.New("it is not an object")
	}
	s.empty = len(s.whole) == 0
	dec := json.NewDecoder(bytes.NewReader(plain))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	s.inside = int(dec.InputOffset())
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if key != name {
			var skipped json.RawMessage
			if err := dec.Decode(&skipped); err != nil {
				return nil, err
			}
			continue
		}
		if s.has {
			return nil, fmt.Errorf("it has %q twice", name)
		}
		open, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if open != json.Delim('{') {
			return nil, fmt.Errorf("its %q is not an object", name)
		}
		s.has, s.memberAt = true, int(dec.InputOffset())
		for dec.More() {
			var skipped json.RawMessage
			if _, err := dec.Token(); err != nil {
				return nil, err
			}
			if err := dec.Decode(&skipped); err != nil {
				return nil, err
			}
		}
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
	}
	s.member, _ = s.whole[name].(map[string]any) // held above
	s.memberEmpty = len(s.member) == 0
	return s, nil
}

package guard

import (
	"slices"
	"strings"
)

// testCalls are the calls whose functions are tests, and what goes before them.
var testCalls = []string{"it", "test", "describe", "beforeEach", "beforeAll", "afterEach", "afterAll", "before", "after", "suite", "specify", "context", "bench", "Deno.test", "t.test", "should", "let", "subject"}

// inTest reports whether the failing line is in a test: what it found is elsewhere,
// and a check there would only hide it.
func (s *site) inTest() bool {
	for n := s.deepest(); n >= 0; n = s.up(n) {
		switch {
		case s.is(n, "function_definition", "function_declaration", "method_declaration", "method", "function_item"):
			name := s.of(s.childOf(n, "identifier", "name", "field_identifier"))
			if s.lang.Family == "python" || s.lang.Family == "ruby" {
				if strings.HasPrefix(name, "test_") {
					return true
				}
			}
			if s.lang.Family == "php" && strings.HasPrefix(name, "test") {
				return true
			}
			if s.lang.Family == "go" && strings.Contains(s.of(s.childOf(n, "parameter_list")), "*testing.") && startsWithAny(name, "Test", "Benchmark", "Fuzz") {
				return true
			}
			if m := s.of(s.childOf(n, "modifiers", "attribute_list")); strings.Contains(m, "Test") || strings.Contains(m, "[Fact") || strings.Contains(m, "[Theory") {
				return true
			}
			if s.lang.Family == "rust" && s.rustTest(n) {
				return true
			}
		case s.is(n, "call_expression", "call"):
			fn := s.of(s.child(n, 0))
			if s.lang.Family == "ruby" && s.childOf(n, "block", "do_block") < 0 {
				continue
			}
			if s.lang.Family == "python" {
				continue
			}
			if base, _, ok := strings.Cut(fn, "."); ok && (base == "it" || base == "test" || base == "describe") {
				return true
			}
			if slices.Contains(testCalls, fn) {
				return true
			}
		}
	}
	return false
}

func startsWithAny(s string, starts ...string) bool {
	return slices.ContainsFunc(starts, func(p string) bool { return strings.HasPrefix(s, p) })
}

// rustTest reports whether a function has the attribute of a test.
func (s *site) rustTest(fn int32) bool {
	before := s.text[:s.f.Nodes[fn].Start]
	for {
		before = strings.TrimRight(before, " \t\r\n")
		if !strings.HasSuffix(before, "]") {
			return false
		}
		k := strings.LastIndexByte(before, '\n') + 1
		if strings.Contains(before[k:], "test]") {
			return true
		}
		if k == 0 {
			return false
		}
		before = before[:k]
	}
}

// deepest is the smallest node that holds the beginning of the failing line.
func (s *site) deepest() int32 {
	at := none
	for i := range s.f.Nodes {
		n := &s.f.Nodes[i]
		if int(n.Start) > s.line.Start {
			break
		}
		if int(n.End) > s.line.Start {
			at = int32(i)
		}
	}
	return at
}

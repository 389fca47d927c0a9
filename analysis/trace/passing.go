package trace

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Lines returns a number for each line of a text that is not blank: equal for
// equal lines, white space at their ends aside.
func Lines(text string) []uint32 {
	out := make([]uint32, 0, strings.Count(text, "\n")+1)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(line)) // never fails
		out = append(out, h.Sum32())
	}
	return out
}

// Since knows, of the functions around a frame, which were changed since p, and
// which were not there then: no run that passed came through those. function
// returns the present text of the function around a frame, "" when it cannot
// tell. Of files that p does not have nothing is known.
func Since(p *analysis.Passing, function func(*analysis.Frame) string) Known {
	if p == nil || len(p.Files) == 0 {
		return Known{}
	}
	state := func(f *analysis.Frame) (changed, fresh bool) {
		then, ok := p.Files[f.Path]
		if !ok || f.Path == "" {
			return false, false
		}
		now := Lines(function(f))
		if len(now) == 0 || within(then, now) {
			return false, false
		}
		fresh = !slices.Contains(then, now[0])
		return !fresh, fresh
	}
	return Known{
		Changed: func(f *analysis.Frame) bool { changed, _ := state(f); return changed },
		Passed:  func(f *analysis.Frame) bool { _, fresh := state(f); return !fresh },
	}
}

// within reports whether part stands in all, in one piece.
func within(all, part []uint32) bool {
	for i := 0; i+len(part) <= len(all); i++ {
		if all[i] == part[0] && slices.Equal(all[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// Message is the message of what failed first in t, with what varies taken out. A
// quoted name stays where it is one of the code's, not one of the data's.
func Message(t *analysis.Trace) string {
	root, _ := FailurePoint(t)
	switch kindOf(root) {
	case analysis.UndefinedName, analysis.MissingNullChecks, analysis.TypeConfusion, analysis.MissingDependency:
		return template(root.Message, true)
	}
	return template(root.Message, false)
}

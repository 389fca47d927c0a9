package trace

import (
	"path"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
)

// Files is the workspace, as far as Locate asks. Paths are relative to its root,
// with forward slashes.
type Files interface {
	// Named returns the files whose last element is base.
	Named(base string) []string
	// Text returns a file's text, "" when it cannot be had.
	Text(name string) string
}

// Rooted is Files that know where they are on this machine: a path below there
// needs no guess.
type Rooted interface {
	Files
	// Root is the absolute folder, "" when it is not known.
	Root() string
}

// Locate finds the workspace's file of each frame, of its causes and companions
// too: the one with the longest common end of its path, and among equals the one
// whose text agrees. A frame that has one is the user's own unless a mark says
// otherwise; a frame that has none is not.
func Locate(t *analysis.Trace, files Files) {
	known := map[string]string{}
	locate(t, files, known, 0)
}

func locate(t *analysis.Trace, files Files, known map[string]string, depth int) {
	for _, fs := range [][]analysis.Frame{t.Frames, t.CreatedBy} {
		for i := range fs {
			f := &fs[i]
			app, why := inApp(t.Language, f)
			if !app && (why != whyFramework || family(t.Language) != "java") {
				f.InApp, f.Why = false, why
				continue
			}
			key := f.File + "\x00" + f.Module
			name, ok := known[key]
			if !ok {
				name = find(t.Language, f, files)
				known[key] = name
			}
			f.Path = name
			if name == "" {
				f.InApp, f.Why = false, whyElsewhere
				continue
			}
			at := analysis.Frame{File: "/" + name}
			f.InApp, f.Why = inApp(t.Language, &at)
			if f.InApp {
				f.Why = whyWorkspace
			}
		}
	}
	if depth > maxCauses {
		return
	}
	if t.Cause != nil {
		locate(t.Cause, files, known, depth+1)
	}
	for i := range t.Others {
		locate(&t.Others[i], files, known, depth+1)
	}
}

// find returns the workspace's file of a frame, "" when there is none, or when
// several could be it.
func find(language string, f *analysis.Frame, files Files) string {
	printed := clean(f.File)
	if family(language) == "java" && !strings.Contains(printed, "/") {
		// Only the file's name is printed; the class says the folder.
		if k := strings.LastIndexByte(f.Module, '.'); k > 0 {
			printed = strings.ReplaceAll(f.Module[:k], ".", "/") + "/" + printed
		}
	}
	base := path.Base(printed)
	if base == "." || base == "/" || base == "" || strings.HasPrefix(base, "<") {
		return ""
	}
	var best []string
	most := 0
	named := files.Named(base)
	if r, ok := files.(Rooted); ok {
		if root := clean(r.Root()); root != "" && root != "/" {
			if name, below := strings.CutPrefix(printed, strings.TrimSuffix(root, "/")+"/"); below && slices.Contains(named, name) {
				return name
			}
		}
	}
	for _, name := range named {
		n := commonEnd(printed, name)
		if n > most {
			best, most = best[:0], n
		}
		if n == most && n > 0 {
			best = append(best, name)
		}
	}
	elements := strings.Count(strings.TrimPrefix(printed, "/"), "/") + 1
	switch {
	case len(best) == 0:
		return ""
	case len(best) == 1 && (most >= 2 || elements == 1 || most == strings.Count(best[0], "/")+1 && elements <= most):
		return best[0]
	}
	// Only the names are equal, or several fit as well: the text decides.
	var agree []string
	for _, name := range best {
		if agrees(f, files.Text(name)) {
			agree = append(agree, name)
		}
	}
	if len(agree) == 1 {
		return agree[0]
	}
	return ""
}

// clean is a printed path without scheme, query and ".".
func clean(s string) string {
	s = slashed(s)
	if n := schemeEnd(s); n > 0 {
		s = s[n:]
		// webpack://app/./src/x.js, http://host/x.js, file:///x.js
		if k := strings.IndexByte(s, '/'); k >= 0 {
			s = s[k:]
		}
	}
	if k := strings.IndexByte(s, '?'); k > 0 {
		s = s[:k]
	}
	if s == "" {
		return ""
	}
	return path.Clean(s)
}

// commonEnd counts the path elements that a and b end with alike.
func commonEnd(a, b string) int {
	n := 0
	for {
		i, j := strings.LastIndexByte(a, '/'), strings.LastIndexByte(b, '/')
		if a[i+1:] != b[j+1:] || a[i+1:] == "" {
			return n
		}
		n++
		if i < 0 || j < 0 {
			return n
		}
		a, b = a[:i], b[:j]
		if a == "" || b == "" {
			return n
		}
	}
}

// agrees reports whether a text has what the frame says of it: the printed line
// in its place, else the function's name.
func agrees(f *analysis.Frame, text string) bool {
	if text == "" {
		return false
	}
	if f.Text != "" && f.Line > 0 {
		return strings.TrimSpace(lineOf(text, f.Line)) == strings.TrimSpace(f.Text)
	}
	name := f.Function
	for name != "" && !isWord(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	i := len(name)
	for i > 0 && isWord(name[i-1]) {
		i--
	}
	name = name[i:]
	return len(name) > 2 && strings.Contains(text, name) && (f.Line == 0 || strings.Count(text, "\n")+1 >= f.Line)
}

// lineOf returns line n of text, from 1.
func lineOf(text string, n int) string {
	for ; n > 1; n-- {
		k := strings.IndexByte(text, '\n')
		if k < 0 {
			return ""
		}
		text = text[k+1:]
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

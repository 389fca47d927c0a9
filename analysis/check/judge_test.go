package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// A question is one edit of a case, and what is to be said of it. In a txtar
// file it is a section whose name starts with "judge":
//
//	file: a.go                   the file that is edited
//	language: go                 go when left out
//	error: undefined: x          what the editor's server says; its source and
//	source: compiler             code are those of gopls when left out
//	code: UndeclaredName
//	at: x + 1                    at which text of the file, its first or nth time
//	edit: x + 1 => y + 1         Go strings where quoted; several lines, several edits
//	other: b.go                  unsaved text of another file, taken from the section "b.go (unsaved)"
//	asked: true                  a person asked for this very edit
//	want: checked                or refuted, or unknown (cause)
//	reason: part of the reason
//	uncovers: part of a message  that is uncovered
type question struct {
	name, file, language, err, source, code, at, want, reason string
	edits                                                     [][2]string
	others, uncovers                                          []string
	asked                                                     bool
	nth                                                       int
}

func readQuestion(t *testing.T, name, text string) question {
	t.Helper()
	q := question{name: name, language: "go", source: "compiler", nth: 1}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			t.Fatalf("%s: %q is no line of a question", name, line)
		}
		switch key {
		case "file":
			q.file = value
		case "language":
			q.language = value
		case "error":
			q.err = unquoted(value)
		case "source":
			q.source = value
		case "code":
			q.code = value
		case "at":
			q.at = unquoted(value)
		case "nth":
			q.nth, _ = strconv.Atoi(value)
		case "edit":
			before, after, ok := strings.Cut(value, "=>")
			if !ok {
				t.Fatalf("%s: %q has no =>", name, line)
			}
			q.edits = append(q.edits, [2]string{unquoted(strings.TrimSpace(before)), unquoted(strings.TrimSpace(after))})
		case "other":
			q.others = append(q.others, value)
		case "asked":
			q.asked = value == "true"
		case "want":
			q.want = value
		case "reason":
			q.reason = value
		case "uncovers":
			q.uncovers = append(q.uncovers, value)
		default:
			t.Fatalf("%s: what is %q?", name, key)
		}
	}
	return q
}

func unquoted(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// nth is where the nth occurrence of part is in text.
func nth(t *testing.T, text, part string, n int) int {
	t.Helper()
	at := -1
	for range n {
		i := strings.Index(text[at+1:], part)
		if i < 0 {
			t.Fatalf("%q is not in the text %d times", part, n)
		}
		at += 1 + i
	}
	return at
}

// edit makes the Edit that a question is about.
func (q *question) edit(t *testing.T, root string, files map[string]string) Edit {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(q.file))
	text := files[q.file]
	if unsaved, ok := files[q.file+" (unsaved)"]; ok {
		text = unsaved
	}
	e := Edit{Root: root, Path: path, Language: q.language, Text: text, Asked: q.asked, Overlay: map[string]string{}}
	at := nth(t, text, q.at, q.nth)
	e.Target = analysis.Diagnostic{
		Source: q.source, Code: q.code, Message: q.err, Severity: analysis.SeverityError,
		Span: analysis.Span{Start: at, End: at + len(q.at)},
	}
	for _, x := range q.edits {
		i := strings.Index(text, x[0])
		if i < 0 {
			t.Fatalf("%q is not in %s", x[0], q.file)
		}
		e.Edits = append(e.Edits, analysis.Edit{Span: analysis.Span{Start: i, End: i + len(x[0])}, New: x[1]})
	}
	e.Edits = textedit.Sorted(e.Edits)
	for _, name := range q.others {
		e.Overlay[filepath.Join(root, filepath.FromSlash(name))] = files[name+" (unsaved)"]
	}
	return e
}

// judgeCases runs the questions of all txtar files of a folder.
func judgeCases(t *testing.T, folder string, row func() []Row) {
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, saved := map[string]string{}, map[string]string{}
			var questions []question
			for _, f := range archive.Files {
				if strings.HasPrefix(f.Name, "judge") {
					questions = append(questions, readQuestion(t, f.Name, string(f.Data)))
					continue
				}
				files[f.Name] = string(f.Data)
				if !strings.HasSuffix(f.Name, " (unsaved)") {
					saved[f.Name] = string(f.Data)
				}
			}
			root := write(t, saved)
			s := testSet(t, row()...)
			for _, q := range questions {
				e := q.edit(t, root, files)
				got := s.Judge(context.Background(), e, true)
				check(t, q, got)
				again := s.Judge(context.Background(), e, true)
				if again.Verdict != got.Verdict || again.Cause != got.Cause {
					t.Errorf("%s: %s the second time", q.name, again.Verdict)
				}
			}
			for name, text := range saved {
				now, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
				if err != nil || string(now) != text {
					t.Errorf("%s has changed on disk: %v", name, err)
				}
			}
		})
	}
}

func check(t *testing.T, q question, got Judgement) {
	t.Helper()
	said := got.Verdict.String()
	if got.Verdict == VerdictUnknown {
		said = fmt.Sprintf("unknown (%s)", got.Cause)
	}
	if said != q.want || !strings.Contains(got.Reason, q.reason) {
		t.Errorf("%s: %s: %s, want %s: %s", q.name, said, got.Reason, q.want, q.reason)
	}
	if got.Verdict != VerdictChecked && got.Reason == "" {
		t.Errorf("%s: %s without a reason", q.name, said)
	}
	for _, want := range q.uncovers {
		if !slices.ContainsFunc(got.Uncovered, func(f Finding) bool { return strings.Contains(f.Message, want) }) {
			t.Errorf("%s: %q is not uncovered: %v", q.name, want, got.Uncovered)
		}
	}
	if len(q.uncovers) == 0 && len(got.Uncovered) > 0 {
		t.Errorf("%s: uncovers %v", q.name, got.Uncovered)
	}
}

func TestJudgeGo(t *testing.T) {
	judgeCases(t, "go", func() []Row { return []Row{goRow()} })
}

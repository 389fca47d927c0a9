package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/lsptest"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/store"
)

// past makes root a module with a history of some commits, of which each but the
// first repaired something.
func past(t *testing.T, root string, commits int) {
	t.Helper()
	var b strings.Builder
	file := func(name, text string) { fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text) }
	for i := range commits {
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter a <a@example.com> %d +0000\ndata 0\n", 1_700_000_000+i)
		file("go.mod", "module example.com/a\n\ngo 1.24\n")
		file("a.go", fmt.Sprintf("package a\n\nfunc f%d(n int) int { return n }\n\nvar x = f%d(%d)\n", i, i, i))
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"fast-import", "--quiet"}, {"reset", "-q", "--hard"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = root, strings.NewReader(b.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

// TestOfferHistory: in a trusted repository the server asks once whether to
// learn from its history, takes no for an answer, and after a yes says one true
// thing.
func TestOfferHistory(t *testing.T) {
	for _, answer := range []string{"Learn", "No", ""} {
		t.Run(answer, func(t *testing.T) {
			var asked []string
			w := newWindow(t, func(o *lsptest.Options) {
				o.Init = map[string]any{"trusted": true}
				past(t, o.Folders[0], leastCommits+1)
				o.Pick = func(message string, titles []string) string {
					asked = append(asked, message+" "+strings.Join(titles, ", "))
					return answer
				}
			})
			w.Open(w.file("a.go"), "go", "package a\n")
			w.Await(protocol.MethodShowMessageRequest, func(json.RawMessage) bool { return true })
			if answer == "Learn" {
				w.Await(protocol.MethodShowMessage, func(params json.RawMessage) bool {
					if !strings.Contains(string(params), "dejafix learned 40 repairs of 1 kind from this repository's history, all checked.") {
						t.Errorf("said %s", params)
					}
					return true
				})
				if s := w.stats(); s.Examples == 0 {
					t.Error("nothing was learned")
				}
			}
			if err := w.Exit(); err != nil && answer == "" {
				t.Log(err) // the connection ends while the answer is on its way
			}
			const question = "dejafix: Learn from this repository's history? About a minute, stays on this machine. Learn, No"
			if !slices.Equal(asked, []string{question}) {
				t.Errorf("asked %q", asked)
			}
			if s := w.stats(); answer != "Learn" && s.Examples > 0 {
				t.Errorf("%d examples were learned", s.Examples)
			}
			// Another start.
			st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(w.dir, "dejafix.db")})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			if got := offered(t, st, w.root, analysis.Policy{Trusted: []string{w.root}}); got {
				t.Error("offered again")
			}
		})
	}
}

// offered reports whether opening a file of root has a server ask.
func offered(t *testing.T, st *store.Store, root string, p analysis.Policy) bool {
	t.Helper()
	o := newHistoryOffer(t.Context(), st, nil, slog.New(slog.DiscardHandler), func(l string) bool { return l == "go" })
	defer o.close()
	for _, language := range []string{"markdown", "go"} {
		o.observe(analysis.Edited{Doc: analysis.NewDocument("", filepath.Join(root, "a"), root, language, 0, ""), Change: analysis.Opened})
	}
	o.observe(analysis.Configured{Policy: p})
	o.work.Wait()
	return len(o.offers) == 1
}

// TestMayOfferHistory: who is asked.
func TestMayOfferHistory(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "dejafix.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	long, short, none := t.TempDir(), t.TempDir(), t.TempDir()
	past(t, long, leastCommits+1)
	past(t, short, leastCommits)
	for _, c := range []struct {
		name   string
		root   string
		policy analysis.Policy
		want   bool
	}{
		{"trusted", long, analysis.Policy{Trusted: []string{long}}, true},
		{"not trusted", long, analysis.Policy{}, false},
		{"another is trusted", long, analysis.Policy{Trusted: []string{short}}, false},
		{"nothing is learned", long, analysis.Policy{Trusted: []string{long}, NoLearn: true}, false},
		{"nothing is learned here", long, analysis.Policy{Trusted: []string{long}, NoLearnIn: []string{long}}, false},
		{"off", long, analysis.Policy{Trusted: []string{long}, Disabled: true}, false},
		{"few commits", short, analysis.Policy{Trusted: []string{short}}, false},
		{"no repository", none, analysis.Policy{Trusted: []string{none}}, false},
	} {
		if got := offered(t, st, c.root, c.policy); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if err := st.SetHistoryAnswer(t.Context(), long, store.AnswerNo); err != nil {
		t.Fatal(err)
	}
	if offered(t, st, long, analysis.Policy{Trusted: []string{long}}) {
		t.Error("offered after a no")
	}
	if _, err := st.Forget(t.Context(), store.OfWorkspace{Root: long}); err != nil {
		t.Fatal(err)
	}
	id, err := st.WorkspaceID(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddHistory(t.Context(), id, []string{strings.Repeat("ab", 20)}); err != nil {
		t.Fatal(err)
	}
	if offered(t, st, long, analysis.Policy{Trusted: []string{long}}) {
		t.Error("offered where history was read by hand")
	}
}

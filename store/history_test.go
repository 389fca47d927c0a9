package store_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// TestHistory: what was looked at is known to whoever opens the store next, by
// workspace, and is forgotten with it.
func TestHistory(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "dejafix.db"), t.Context()
	now := time.Unix(1_700_000_000, 0)
	open := func() *store.Store {
		t.Helper()
		s, err := store.Open(ctx, store.Options{Path: path, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s, root, other := open(), t.TempDir(), t.TempDir()
	workspace, err := s.WorkspaceID(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Repeat("a1", 20), strings.Repeat("b2", 32) // SHA-1 and SHA-256
	for _, list := range [][]string{{a}, {b}, {a, b}, nil} {
		if err := s.AddHistory(ctx, workspace, list); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddHistory(ctx, workspace, []string{"HEAD"}); err == nil {
		t.Error("HEAD is taken for a commit")
	}
	if err := s.SetHistoryAnswer(ctx, root, store.AnswerNo); err != nil {
		t.Fatal(err)
	}
	want := func(s *store.Store, answer store.Answer, hashes ...string) {
		t.Helper()
		done, err := s.History(ctx, workspace)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(done)); !slices.Equal(got, hashes) {
			t.Errorf("looked at: %v, want %v", got, hashes)
		}
		if got, err := s.HistoryAnswer(ctx, root); err != nil || got != answer {
			t.Errorf("answered %q, %v, want %q", got, err, answer)
		}
		if got, err := s.HistoryAnswer(ctx, other); err != nil || got != store.NotAsked {
			t.Errorf("elsewhere: %q, %v", got, err)
		}
	}
	want(open(), store.AnswerNo, a, b)
	if _, err := s.Forget(ctx, store.Since{Time: now.Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	want(s, store.AnswerNo, a, b)
	if _, err := s.Forget(ctx, store.OfWorkspace{Root: root}); err != nil {
		t.Fatal(err)
	}
	want(s, store.NotAsked)
}

// TestExamplesByRank: what a person did is learned from before what was read,
// made or imported, however new that is.
func TestExamplesByRank(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "dejafix.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	origins := []analysis.Origin{analysis.OriginTyped, analysis.OriginAgent, analysis.OriginHistory, analysis.OriginSelf, analysis.OriginImport}
	var all []analysis.Example
	for i, o := range origins {
		for k := range 2 {
			all = append(all, analysis.Example{
				Path: fmt.Sprint(o, k), Identity: analysis.Identity{Language: "go", Rule: "r"},
				Provenance: analysis.Provenance{Origin: o, Workspace: "here", Time: time.Unix(int64(10*i+k), 0)},
			})
		}
	}
	if _, err := s.AddExamples(ctx, all); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		workspaces []string
		want       string
	}{
		{[]string{"other", "here"}, "agent1 agent0 typed1 typed0 history1 history0 self1 self0 import1"},
		// What no person made stays in its workspace.
		{[]string{"other"}, "agent1 agent0 typed1 typed0"},
		{nil, "agent1 agent0 typed1 typed0"},
	} {
		list, err := s.ExamplesByRule(ctx, all[0].Identity.RuleKey(), c.workspaces, 9)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ex := range list {
			got = append(got, ex.Path)
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%v: %v, want %v", c.workspaces, got, c.want)
		}
	}
}

// TestDropImported: what one file gave goes, and nothing else.
func TestDropImported(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "dejafix.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []analysis.Example
	for _, p := range []analysis.Provenance{
		{Origin: analysis.OriginImport, Tool: "f/a", Workspace: "w"}, {Origin: analysis.OriginImport, Tool: "f/b", Workspace: "w"},
		{Origin: analysis.OriginImport, Tool: "f/a", Workspace: "other"}, {Origin: analysis.OriginTyped, Tool: "f/a", Workspace: "w"},
		{Origin: analysis.OriginImport, Tool: "g", Workspace: "w"},
	} {
		all = append(all, analysis.Example{Path: string(p.Origin) + p.Tool + p.Workspace, Identity: analysis.Identity{Language: "go", Rule: "r"}, Provenance: p})
	}
	if _, err := s.AddExamples(ctx, all); err != nil {
		t.Fatal(err)
	}
	tools := func(want ...string) {
		t.Helper()
		if got, err := s.Imported(ctx, "w", "f/"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v, want %v", got, err, want)
		}
	}
	tools("f/a", "f/b")
	before, err := s.Generation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.DropImported(ctx, "w", "f/a"); err != nil || n != 1 {
		t.Errorf("dropped %d, %v", n, err)
	}
	tools("f/b")
	if n, err := s.Count(ctx); err != nil || n != len(all)-1 {
		t.Errorf("%d examples, %v", n, err)
	}
	if after, err := s.Generation(ctx); err != nil || after == before {
		t.Errorf("nobody is told: generation %d, %v", after, err)
	}
}

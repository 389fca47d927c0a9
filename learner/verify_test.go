package learner

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/check"
)

// idleChecker is never asked in these tests: nothing was learned.
type idleChecker struct{}

func (idleChecker) Judge(context.Context, check.Edit, bool) check.Judgement {
	return check.Judgement{}
}
func (idleChecker) Configure(bool, map[string]string) {}

// TestChecksWaitForAPause: what somebody types is not checked between two
// keystrokes, only the text that stood, and at once for who asks for it.
func TestChecksWaitForAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Checker: idleChecker{}})
		defer l.Close()
		root := t.TempDir()
		l.Observe(analysis.Configured{Policy: analysis.Policy{Trusted: []string{root}}})
		v := l.verifier
		waiting := func() (timers, jobs int) {
			synctest.Wait()
			v.mu.Lock()
			defer v.mu.Unlock()
			return len(v.timers), len(v.jobs)
		}
		path := filepath.Join(root, "a.go")
		says := []analysis.Diagnostic{{Message: "undefined: x"}}
		synctest.Wait()                                    // the policy is taken in
		pause := func(d time.Duration) { <-time.After(d) } // of a clock that waits for nobody
		var doc *analysis.Document
		types := func(n int) {
			text := fmt.Sprint("package a // ", n)
			doc = &analysis.Document{URI: "file://" + path, Path: path, Root: root, Language: "go", Text: text, Digest: analysis.DigestOf(text)}
			v.edited(analysis.Edited{Doc: doc, Change: analysis.Changed})
			v.ask(doc, says)
		}
		for n := range 10 {
			types(n)
			pause(settleTime - time.Millisecond)
			if timers, jobs := waiting(); timers != 1 || jobs != 1 {
				t.Fatalf("keystroke %d: %d wait, %d to check; want one of each", n, timers, jobs)
			}
			v.ask(doc, says) // another server reports: the text is the same
		}
		pause(2 * time.Millisecond)
		if timers, jobs := waiting(); timers+jobs != 0 {
			t.Errorf("after a pause %d wait still, %d to check", timers, jobs)
		}
		types(11)
		before := time.Now()
		if err := v.idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if timers, jobs := waiting(); timers+jobs != 0 || !time.Now().Equal(before) {
			t.Errorf("who asked waited %v, and %d wait still, %d to check", time.Since(before), timers, jobs)
		}
	})
}

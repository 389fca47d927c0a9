// Package storetest is what every store must pass, and what tests of other
// packages fill a store with. Run is the suite; it kills child processes, so
// that a test package that calls it has to call Main from its TestMain.
package storetest

import (
	"context"
	"iter"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
)

// A Store is what the suite asks of a store: what dejafix needs of one.
type Store interface {
	Generation(ctx context.Context) (int64, error)
	Changes(ctx context.Context, since int64) (store.Changes, error)

	AddExamples(ctx context.Context, exs []analysis.Example) (int, error)
	Reclass(ctx context.Context, id string, class analysis.EditClass) error
	ExamplesByRule(ctx context.Context, ruleKey string, workspaces []string, limit int) ([]analysis.Example, error)
	Example(ctx context.Context, id string) (analysis.Example, error)
	Repair(ctx context.Context, repair string) ([]analysis.Example, error)
	Examples(ctx context.Context) iter.Seq2[analysis.Example, error]
	Count(ctx context.Context) (int, error)
	Rules(ctx context.Context) ([]store.Rule, error)
	Recurring(ctx context.Context, again []string, limit int) ([]analysis.Recurring, error)
	Reliability(ctx context.Context) ([]store.Reliability, error)

	PutPatternIndex(ctx context.Context, ruleKey string, workspaces []string, patterns []store.Pattern) error
	Patterns(ctx context.Context) ([]store.Pattern, error)
	Pattern(ctx context.Context, id string) (store.Pattern, error)
	SetNever(ctx context.Context, pattern string, never bool) error
	LiftTombstone(ctx context.Context, pattern string) error
	IsTombstoned(ctx context.Context, pattern string) (bool, error)
	Tombstones(ctx context.Context) (map[string]store.Tombstone, error)

	AddOutcome(ctx context.Context, o store.Outcome) error
	OutcomesFor(ctx context.Context, patterns ...string) (map[string][]store.Outcome, error)
	OutcomesByRule(ctx context.Context, ruleKey string) (map[string][]store.Outcome, error)
	AddExposures(ctx context.Context, xs []store.Exposure) error
	UpdateExposure(ctx context.Context, id string, status store.ExposureStatus, verdict analysis.Verdict) error
	ExposuresOf(ctx context.Context, diagnostic analysis.Digest) ([]store.Exposure, error)
	Exposures(ctx context.Context) iter.Seq2[store.Exposure, error]
	AddUndone(ctx context.Context, p store.Place, workspace string, at time.Time) error
	AddIgnored(ctx context.Context, f store.PatternFile, at time.Time) (int, error)
	Silences(ctx context.Context) (store.Silences, error)

	WorkspaceID(ctx context.Context, root string) (string, error)
	SetTrust(ctx context.Context, root string, trusted bool) error
	Trusted(ctx context.Context, root string) (bool, error)
	SetPaused(ctx context.Context, root string, paused bool) error
	Paused(ctx context.Context, root string) (bool, error)

	RunPast(ctx context.Context, workspace, same string, prints []string) (analysis.RunPast, error)
	AddRun(ctx context.Context, n analysis.RunNote) error
	AddFailureRepair(ctx context.Context, workspace string, prints []string, r analysis.FailureRepair) error
	RefuteRepairs(ctx context.Context, workspace, fp, same string) ([]analysis.FailureRepair, error)
	Flaky(ctx context.Context, workspace string, since time.Time) (map[string]bool, error)
	Failure(ctx context.Context, workspace, fp string) (analysis.FailureGroup, error)
	Failures(ctx context.Context, workspace string, limit int) ([]analysis.FailureGroup, error)
	Passing(ctx context.Context, workspace string) (*analysis.Passing, error)

	PutCheckers(ctx context.Context, c store.Checkers) error
	Checkers(ctx context.Context) ([]store.Checkers, error)

	Forget(ctx context.Context, scope store.Scope) (store.Forgotten, error)
	Retain(ctx context.Context, l store.Limits) (store.Retained, error)
	Stats(ctx context.Context) (store.Stats, error)
	Close() error
}

var _ Store = (*store.Store)(nil)

// Open opens the store at location, a name in a folder of the test's own, and
// makes it when there is none. Opening the same location again, here or in
// another process, gives the same store.
type Open func(ctx context.Context, location string, clock func() time.Time) (Store, error)

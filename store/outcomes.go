package store

import (
	"context"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// An Outcome is what became of one suggestion. Posteriors are computed from
// these rows.
type Outcome struct {
	Pattern    string
	Example    string // the example that the suggestion was built from
	Suggestion string // "s_…", of the process that made it
	RuleKey    string // of the pattern; "" touches every rule
	Workspace  string
	Verdict    analysis.Verdict
	Time       time.Time // zero: now
}

// AddOutcome stores an outcome.
func (s *Store) AddOutcome(ctx context.Context, o Outcome) error {
	return s.AddOutcomes(ctx, []Outcome{o})
}

// AddOutcomes stores outcomes in one transaction.
func (s *Store) AddOutcomes(ctx context.Context, outcomes []Outcome) error {
	now := s.clock()
	return s.update(ctx, "add outcomes", func(tx *writing) error {
		for _, o := range outcomes {
			if o.Time.IsZero() {
				o.Time = now
			}
			if _, err := tx.exec(`INSERT INTO outcomes (pattern, example, suggestion, rule_key, workspace, verdict, time) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				o.Pattern, o.Example, o.Suggestion, o.RuleKey, o.Workspace, string(o.Verdict), stamp(o.Time)); err != nil {
				return err
			}
			tx.touch(o.RuleKey)
		}
		return nil
	})
}

// maxVariables is how many patterns one statement asks for (SQLite allows
// 32,766 variables).
const maxVariables = 500

// OutcomesFor gives the outcomes of the patterns, oldest first.
func (s *Store) OutcomesFor(ctx context.Context, patterns ...string) (map[string][]Outcome, error) {
	found := map[string][]Outcome{}
	for len(patterns) > 0 {
		n := min(len(patterns), maxVariables)
		args := make([]any, n)
		for i, p := range patterns[:n] {
			args[i] = p
		}
		patterns = patterns[n:]
		err := s.outcomes(ctx, found, "WHERE pattern IN (?"+strings.Repeat(", ?", n-1)+")", args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// OutcomesByRule gives the outcomes that were stored under a rule key, by
// pattern, oldest first.
func (s *Store) OutcomesByRule(ctx context.Context, ruleKey string) (map[string][]Outcome, error) {
	found := map[string][]Outcome{}
	return found, s.outcomes(ctx, found, "WHERE rule_key = ?", ruleKey)
}

func (s *Store) outcomes(ctx context.Context, into map[string][]Outcome, where string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, `SELECT pattern, example, suggestion, rule_key, workspace, verdict, time FROM outcomes `+where+` ORDER BY time, n`, args...)
	if err != nil {
		return s.fail("read outcomes", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o Outcome
		var t int64
		if err := rows.Scan(&o.Pattern, &o.Example, &o.Suggestion, &o.RuleKey, &o.Workspace, &o.Verdict, &t); err != nil {
			return s.fail("read outcomes", err)
		}
		o.Time = moment(t)
		into[o.Pattern] = append(into[o.Pattern], o)
	}
	return s.fail("read outcomes", rows.Err())
}

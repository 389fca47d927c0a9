package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A Pattern is the index entry of a learned pattern: enough to list it without
// relearning its rule.
type Pattern struct {
	ID       string // "p_…"
	Identity analysis.Identity
	Title    string
	FixType  analysis.FixType
	Examples []string // ids of the examples it was learned from
}

// A Tombstone is what the user said of a pattern. It holds no text and outlives
// the pattern. A zero time says that it was not said.
type Tombstone struct {
	Forgotten time.Time // its examples were deleted
	Never     time.Time // it is never to be suggested
}

// PutPatternIndex replaces the index entries of a rule by patterns, which are
// all that the examples of ExamplesByRule gave for the same workspaces: what only
// the history of another one taught stays. It changes no suggestion, and so not
// the generation.
func (s *Store) PutPatternIndex(ctx context.Context, ruleKey string, workspaces []string, patterns []Pattern) error {
	return s.update(ctx, "index patterns", func(tx *writing) error {
		if _, err := tx.exec(`DELETE FROM pattern_examples WHERE pattern IN (SELECT p.id FROM patterns p
			JOIN pattern_examples pe ON pe.pattern = p.id JOIN examples e ON e.id = pe.example WHERE p.rule_key = ? AND `+counting+`)`, ruleKey, jsonList(workspaces)); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM patterns WHERE rule_key = ? AND id NOT IN (SELECT pattern FROM pattern_examples)`, ruleKey); err != nil {
			return err
		}
		for _, p := range patterns {
			// Examples that went while the learner worked must not come back by
			// their title: a pattern with none left is not written.
			kept := 0
			for _, ex := range p.Examples {
				n, err := tx.exec(`INSERT OR IGNORE INTO pattern_examples (pattern, example) SELECT ?, id FROM examples WHERE id = ?`, p.ID, ex)
				if err != nil {
					return err
				}
				kept += n
			}
			if kept < len(p.Examples) || kept == 0 {
				if _, err := tx.exec(`DELETE FROM pattern_examples WHERE pattern = ?`, p.ID); err != nil {
					return err
				}
				continue
			}
			if _, err := tx.exec(`INSERT OR REPLACE INTO patterns (id, rule_key, language, rule, template, title, fix_type) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				p.ID, ruleKey, p.Identity.Language, p.Identity.Rule, p.Identity.Template, p.Title, string(p.FixType)); err != nil {
				return err
			}
		}
		return nil
	})
}

const selectPatterns = `
SELECT p.id, p.language, p.rule, p.template, p.title, p.fix_type, pe.example
FROM patterns p JOIN pattern_examples pe ON pe.pattern = p.id`

// Patterns lists the index, by language, rule and id.
func (s *Store) Patterns(ctx context.Context) ([]Pattern, error) {
	return s.patterns(ctx, selectPatterns+" ORDER BY p.language, p.rule, p.id, pe.example")
}

// Pattern gives one entry of the index, or ErrNotFound.
func (s *Store) Pattern(ctx context.Context, id string) (Pattern, error) {
	ps, err := s.patterns(ctx, selectPatterns+" WHERE p.id = ? ORDER BY pe.example", id)
	if err != nil {
		return Pattern{}, err
	}
	if len(ps) == 0 {
		return Pattern{}, s.fail("look up a pattern", fmt.Errorf("pattern %s: %w", id, ErrNotFound))
	}
	return ps[0], nil
}

func (s *Store) patterns(ctx context.Context, query string, args ...any) ([]Pattern, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fail("list patterns", err)
	}
	defer rows.Close()
	var ps []Pattern
	for rows.Next() {
		var p Pattern
		var example string
		if err := rows.Scan(&p.ID, &p.Identity.Language, &p.Identity.Rule, &p.Identity.Template, &p.Title, &p.FixType, &example); err != nil {
			return nil, s.fail("list patterns", err)
		}
		if n := len(ps); n == 0 || ps[n-1].ID != p.ID {
			ps = append(ps, p)
		}
		last := &ps[len(ps)-1]
		last.Examples = append(last.Examples, example)
	}
	return ps, s.fail("list patterns", rows.Err())
}

// SetNever marks a pattern as never to be suggested again, or takes the mark
// away.
func (s *Store) SetNever(ctx context.Context, pattern string, never bool) error {
	now := stamp(s.clock())
	return s.update(ctx, "mark a pattern", func(tx *writing) error {
		var at any
		if never {
			at = now
		}
		if _, err := tx.exec(`INSERT INTO tombstones (pattern, never) VALUES (?, ?)
			ON CONFLICT (pattern) DO UPDATE SET never = excluded.never`, pattern, at); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM tombstones WHERE never IS NULL AND forgotten IS NULL`); err != nil {
			return err
		}
		return tx.touchPattern(pattern)
	})
}

// LiftTombstone lets a forgotten pattern be learned again.
func (s *Store) LiftTombstone(ctx context.Context, pattern string) error {
	return s.update(ctx, "lift a tombstone", func(tx *writing) error {
		if _, err := tx.exec(`UPDATE tombstones SET forgotten = NULL WHERE pattern = ?`, pattern); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM tombstones WHERE never IS NULL AND forgotten IS NULL`); err != nil {
			return err
		}
		return tx.touchPattern(pattern)
	})
}

// touchPattern touches the rule of a pattern, or all rules where the index
// does not know it.
func (w *writing) touchPattern(pattern string) error {
	var rule string
	err := w.QueryRowContext(w.ctx, "SELECT rule_key FROM patterns WHERE id = ?", pattern).Scan(&rule)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	w.touch(rule)
	return nil
}

// IsTombstoned reports whether a pattern was forgotten or is never to be
// suggested.
func (s *Store) IsTombstoned(ctx context.Context, pattern string) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM tombstones WHERE pattern = ?", pattern).Scan(&n)
	return n > 0, s.fail("look up a tombstone", err)
}

// Tombstones gives all tombstones, by pattern.
func (s *Store) Tombstones(ctx context.Context) (map[string]Tombstone, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT pattern, coalesce(forgotten, 0), coalesce(never, 0) FROM tombstones")
	if err != nil {
		return nil, s.fail("list tombstones", err)
	}
	defer rows.Close()
	ts := map[string]Tombstone{}
	for rows.Next() {
		var p string
		var forgotten, never int64
		if err := rows.Scan(&p, &forgotten, &never); err != nil {
			return nil, s.fail("list tombstones", err)
		}
		ts[p] = Tombstone{moment(forgotten), moment(never)}
	}
	return ts, s.fail("list tombstones", rows.Err())
}

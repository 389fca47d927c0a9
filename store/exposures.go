package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// ExposureStatus says how far a suggestion got; it only ever rises.
type ExposureStatus string

// The statuses, in order. Computed is not offered is not seen (PROTOCOL.md).
const (
	Withheld ExposureStatus = "withheld" // decided not to show
	Offered  ExposureStatus = "offered"  // returned to the client, which asks at every cursor move
	Seen     ExposureStatus = "seen"     // before a person's eyes
)

// A Candidate is a pattern that could have been shown, with its score.
type Candidate struct {
	Pattern string  `json:"pattern"`
	Score   float64 `json:"score"` // calibrated probability
	// About is set for the one that the exposure is of: what was shown, or
	// withheld.
	About bool `json:"about,omitempty"`
}

// An Exposure is one decision to show or withhold, and what became of it.
type Exposure struct {
	ID         string          // "x_…"; made when empty
	Suggestion string          // "s_…" of what was shown, "" when withheld
	Diagnostic analysis.Digest // of the diagnostic and its place
	Identity   string          // the identity's key
	Workspace  string
	Path       string      // relative to the workspace
	Candidates []Candidate // best first
	Policy     string      // version of the policy that decided
	Chance     float64     // that the policy would have shown it
	Status     ExposureStatus
	Verdict    analysis.Verdict // "" until it is known
	Time       time.Time        // zero: now
}

// AddExposures stores decisions in one transaction and sets their ids in xs.
func (s *Store) AddExposures(ctx context.Context, xs []Exposure) error {
	now := s.clock()
	return s.update(ctx, "add exposures", func(tx *writing) error {
		for i := range xs {
			x := &xs[i]
			if x.ID == "" {
				x.ID = "x_" + rand.Text()
			}
			if x.Time.IsZero() {
				x.Time = now
			}
			candidates, err := json.Marshal(x.Candidates)
			if err != nil {
				return err
			}
			if _, err := tx.exec(`INSERT INTO exposures (id, suggestion, diagnostic, identity, workspace, path, candidates, policy, chance, status, verdict, time)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
				x.ID, x.Suggestion, x.Diagnostic.String(), x.Identity, x.Workspace, x.Path, string(candidates),
				x.Policy, x.Chance, string(x.Status), string(x.Verdict), stamp(x.Time)); err != nil {
				return err
			}
		}
		return nil
	})
}

// UpdateExposure raises the status of an exposure and sets its verdict; ""
// leaves either as it is, and a status never falls. ErrNotFound when retention
// has taken the row.
func (s *Store) UpdateExposure(ctx context.Context, id string, status ExposureStatus, verdict analysis.Verdict) error {
	return s.update(ctx, "update an exposure", func(tx *writing) error {
		n, err := tx.exec(`UPDATE exposures SET
			status = CASE WHEN ?1 = 'seen' OR (?1 = 'offered' AND status = 'withheld') THEN ?1 ELSE status END,
			verdict = CASE WHEN ?2 = '' THEN verdict ELSE ?2 END
			WHERE id = ?3`, string(status), string(verdict), id)
		if err == nil && n == 0 {
			err = fmt.Errorf("exposure %s: %w", id, ErrNotFound)
		}
		return err
	})
}

const selectExposures = `SELECT n, id, suggestion, diagnostic, identity, workspace, path, candidates, policy, chance, status, verdict, time FROM exposures `

// ExposuresOf gives the decisions about one diagnostic, oldest first.
func (s *Store) ExposuresOf(ctx context.Context, diagnostic analysis.Digest) ([]Exposure, error) {
	rows, err := s.read.QueryContext(ctx, selectExposures+"WHERE diagnostic = ? ORDER BY time, n", diagnostic.String())
	if err != nil {
		return nil, s.fail("read exposures", err)
	}
	xs, _, err := collectExposures(rows)
	return xs, s.fail("read exposures", err)
}

// Exposures walks over all decisions in the order they were stored, as
// Examples does.
func (s *Store) Exposures(ctx context.Context) iter.Seq2[Exposure, error] {
	return func(yield func(Exposure, error) bool) {
		var last int64
		for {
			rows, err := s.read.QueryContext(ctx, selectExposures+"WHERE n > ? ORDER BY n LIMIT ?", last, batch)
			var xs []Exposure
			if err == nil {
				xs, last, err = collectExposures(rows)
			}
			if err != nil {
				yield(Exposure{}, s.fail("read exposures", err))
				return
			}
			for _, x := range xs {
				if !yield(x, nil) {
					return
				}
			}
			if len(xs) < batch {
				return
			}
		}
	}
}

func collectExposures(rows *sql.Rows) (xs []Exposure, last int64, err error) {
	defer rows.Close()
	for rows.Next() {
		var x Exposure
		var diagnostic, candidates string
		var t int64
		if err := rows.Scan(&last, &x.ID, &x.Suggestion, &diagnostic, &x.Identity, &x.Workspace, &x.Path, &candidates,
			&x.Policy, &x.Chance, &x.Status, &x.Verdict, &t); err != nil {
			return nil, 0, err
		}
		if x.Diagnostic, err = parseDigest(diagnostic); err != nil {
			return nil, 0, fmt.Errorf("exposure %s: %w: %w", x.ID, ErrCorrupt, err)
		}
		if err := json.Unmarshal([]byte(candidates), &x.Candidates); err != nil {
			return nil, 0, fmt.Errorf("exposure %s: %w: %w", x.ID, ErrCorrupt, err)
		}
		x.Time = moment(t)
		xs = append(xs, x)
	}
	return xs, last, rows.Err()
}

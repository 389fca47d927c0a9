package store

import (
	"context"
	"database/sql"
	"time"
)

// Limits bound what is kept. A zero field stands for its default; a negative
// one for no limit.
type Limits struct {
	MaxBytes     int64         // of the pages in use
	MaxAge       time.Duration // since a row was stored, or last of use
	MaxExposures int           // rows
}

// The default limits.
const (
	// DefaultMaxBytes is room for some 400,000 small examples (1.2 KB with their
	// indexes, as BenchmarkAddExample reports) or 30,000 of the largest (16 KB).
	DefaultMaxBytes = 512 << 20
	// DefaultMaxAge is four half-lives of an outcome (LEARNING.md 3: 180 days):
	// what is older counts for less than a sixteenth.
	DefaultMaxAge = 4 * 180 * 24 * time.Hour
	// DefaultMaxExposures is 24 MB: 488 bytes a row with three candidates,
	// indexes included, as measured over 10,000.
	DefaultMaxExposures = 50_000
)

// newestOfRule is how many of a rule's examples the learner looks at
// (LEARNING.md 2: the 60 newest); those beyond teach nothing.
const newestOfRule = 60

// retainBatch is how many repairs one transaction deletes, so that another
// window waits milliseconds for the lock.
const retainBatch = 100

// retainSlack is the part of MaxBytes that is freed beyond what is too much, so
// that a full store is not trimmed again after each repair.
const retainSlack = 0.05

// Retained counts what retention deleted.
type Retained struct {
	Examples, Repairs, Outcomes, Exposures int
}

// Retain deletes what is beyond the limits. Repairs go whole: those older than
// MaxAge that no outcome has used since; then, while the store is too large,
// first those whose every example is beyond the newest 60 of its rule, then the
// ones stored or used longest ago. Deleted rows are overwritten
// (secure_delete), and an unfinished forgetting is finished.
func (s *Store) Retain(ctx context.Context, l Limits) (Retained, error) {
	if l.MaxBytes == 0 {
		l.MaxBytes = DefaultMaxBytes
	}
	if l.MaxAge == 0 {
		l.MaxAge = DefaultMaxAge
	}
	if l.MaxExposures == 0 {
		l.MaxExposures = DefaultMaxExposures
	}
	var r Retained
	if err := s.retainRows(ctx, l, &r); err != nil {
		return r, err
	}
	cutoff := stamp(s.clock().Add(-l.MaxAge))
	// Ranking reads every row: not when the oldest one is young enough.
	var oldest sql.NullInt64
	if err := s.read.QueryRowContext(ctx, "SELECT min(stored) FROM examples").Scan(&oldest); err != nil {
		return r, s.fail("retain", err)
	}
	if l.MaxAge > 0 && oldest.Valid && oldest.Int64 < cutoff {
		old, err := s.repairs(ctx, "WHERE last < ?", cutoff)
		if err != nil {
			return r, s.fail("retain", err)
		}
		if err := s.dropRepairs(ctx, old, 0, &r); err != nil {
			return r, err
		}
	}
	if l.MaxBytes > 0 {
		n, err := s.bytes(ctx)
		if err != nil {
			return r, s.fail("retain", err)
		}
		if n > l.MaxBytes {
			all, err := s.repairs(ctx, "")
			if err != nil {
				return r, s.fail("retain", err)
			}
			if err := s.dropRepairs(ctx, all, int64(float64(l.MaxBytes)*(1-retainSlack)), &r); err != nil {
				return r, err
			}
		}
	}
	if r != (Retained{}) {
		if err := s.shrink(ctx); err != nil {
			return r, err
		}
	}
	return r, s.Erase(ctx)
}

// retainRows trims what has no repair.
func (s *Store) retainRows(ctx context.Context, l Limits, r *Retained) error {
	return s.update(ctx, "retain", func(tx *writing) error {
		var f Forgotten
		d := deletion{writing: tx, counts: &f}
		if l.MaxAge > 0 {
			t := stamp(s.clock().Add(-l.MaxAge))
			f.Outcomes += d.do("DELETE FROM outcomes WHERE time < ?", t)
			f.Exposures += d.do("DELETE FROM exposures WHERE time < ?", t)
			n := d.do("DELETE FROM undone WHERE time < ?", t) + d.do("DELETE FROM ignored WHERE time < ?", t)
			d.do("DELETE FROM checkers WHERE seen < ?", t)
			d.failures("<", t)
			if f.Outcomes+n > 0 {
				tx.touch("")
			}
		}
		if l.MaxExposures > 0 {
			f.Exposures += d.do("DELETE FROM exposures WHERE n IN (SELECT n FROM exposures ORDER BY time DESC, n DESC LIMIT -1 OFFSET ?)", l.MaxExposures)
		}
		d.retainFailures()
		r.Outcomes, r.Exposures = f.Outcomes, f.Exposures
		return d.err
	})
}

// repairs lists repairs, least useful first.
func (s *Store) repairs(ctx context.Context, where string, args ...any) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `
		WITH ranked AS (
			SELECT id, repair, stored, n,
				row_number() OVER (PARTITION BY rule_key ORDER BY time DESC, n DESC) > ? AS crowded
			FROM examples),
		used AS (SELECT example, max(time) AS time FROM outcomes WHERE verdict IN ('applied', 'held') GROUP BY example),
		of_repair AS (
			SELECT r.repair, min(r.crowded) AS crowded, min(r.n) AS n, max(r.stored, coalesce(u.time, 0)) AS at
			FROM ranked r LEFT JOIN used u ON u.example = r.id GROUP BY r.repair, at),
		ordered AS (SELECT repair, min(crowded) AS crowded, min(n) AS n, max(at) AS last FROM of_repair GROUP BY repair)
		SELECT repair FROM ordered `+where+` ORDER BY crowded DESC, last, n`, append([]any{newestOfRule}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var repair string
		if err := rows.Scan(&repair); err != nil {
			return nil, err
		}
		list = append(list, repair)
	}
	return list, rows.Err()
}

// dropRepairs deletes repairs in their order, in short transactions, until the
// store is within target bytes; a target of 0 deletes all of them.
func (s *Store) dropRepairs(ctx context.Context, repairs []string, target int64, r *Retained) error {
	for len(repairs) > 0 {
		k := min(len(repairs), retainBatch)
		if target > 0 {
			n, err := s.bytes(ctx)
			if err != nil {
				return s.fail("retain", err)
			}
			if n <= target {
				return nil
			}
			// As many as would do if all were of one size.
			k = min(k, 1+int((n-target)*int64(len(repairs))/n))
		}
		var f Forgotten
		err := s.update(ctx, "retain", func(tx *writing) error {
			f = Forgotten{}
			d := deletion{writing: tx, counts: &f}
			d.begin("SELECT '' WHERE false")
			for _, repair := range repairs[:k] {
				d.do("INSERT OR IGNORE INTO temp.doomed VALUES (?)", repair)
			}
			d.dropDoomed()
			return d.err
		})
		if err != nil {
			return err
		}
		r.Examples += f.Examples
		r.Repairs += f.Repairs
		r.Outcomes += f.Outcomes
		repairs = repairs[k:]
	}
	return nil
}

// shrink gives free pages back to the file system.
func (s *Store) shrink(ctx context.Context) error {
	rows, err := s.write.QueryContext(ctx, "PRAGMA incremental_vacuum")
	if err != nil {
		return s.fail("retain", err)
	}
	defer rows.Close()
	for rows.Next() { // each step frees a page
	}
	return s.fail("retain", rows.Err())
}

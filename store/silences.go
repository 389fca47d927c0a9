package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// A Place is where a pattern was undone: the pattern, and the digest of the
// text of the region, so that the same code elsewhere is the same place.
type Place struct {
	Pattern string
	Text    analysis.Digest
}

// A PatternFile is a pattern in one file.
type PatternFile struct {
	Pattern   string
	Workspace string
	Path      string // relative to the workspace
}

// Silences are what PRODUCT.md's rules of silence ask for, small enough to be
// held in memory and read anew when the generation rises.
type Silences struct {
	Tombstones map[string]Tombstone // by pattern
	Undone     map[Place]time.Time  // when it was last undone there
	Ignored    map[PatternFile]int  // how often seen and ignored
}

// AddUndone remembers that a pattern was undone at a place.
func (s *Store) AddUndone(ctx context.Context, p Place, workspace string, at time.Time) error {
	if at.IsZero() {
		at = s.clock()
	}
	return s.update(ctx, "remember what was undone", func(tx *writing) error {
		if _, err := tx.exec(`INSERT INTO undone (pattern, place, workspace, time) VALUES (?, ?, ?, ?)
			ON CONFLICT (pattern, place) DO UPDATE SET time = excluded.time`, p.Pattern, p.Text.String(), workspace, stamp(at)); err != nil {
			return err
		}
		return tx.touchPattern(p.Pattern)
	})
}

// AddIgnored counts that a pattern was seen and ignored in a file, and gives
// the new count.
func (s *Store) AddIgnored(ctx context.Context, f PatternFile, at time.Time) (count int, err error) {
	if at.IsZero() {
		at = s.clock()
	}
	err = s.update(ctx, "count what was ignored", func(tx *writing) error {
		if err := tx.QueryRowContext(ctx, `INSERT INTO ignored (pattern, workspace, path, count, time) VALUES (?, ?, ?, 1, ?)
			ON CONFLICT (pattern, workspace, path) DO UPDATE SET count = count + 1, time = excluded.time RETURNING count`,
			f.Pattern, f.Workspace, f.Path, stamp(at)).Scan(&count); err != nil {
			return err
		}
		return tx.touchPattern(f.Pattern)
	})
	return count, err
}

// Silences reads all that keeps patterns silent.
func (s *Store) Silences(ctx context.Context) (Silences, error) {
	sil := Silences{Undone: map[Place]time.Time{}, Ignored: map[PatternFile]int{}}
	var err error
	if sil.Tombstones, err = s.Tombstones(ctx); err != nil {
		return Silences{}, err
	}
	const op = "read what is silenced"
	rows, err := s.read.QueryContext(ctx, "SELECT pattern, place, time FROM undone")
	if err != nil {
		return Silences{}, s.fail(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Place
		var text string
		var at int64
		if err := rows.Scan(&p.Pattern, &text, &at); err != nil {
			return Silences{}, s.fail(op, err)
		}
		if p.Text, err = parseDigest(text); err != nil {
			return Silences{}, s.fail(op, fmt.Errorf("%w: %w", ErrCorrupt, err))
		}
		sil.Undone[p] = moment(at)
	}
	if err := rows.Err(); err != nil {
		return Silences{}, s.fail(op, err)
	}
	files, err := s.read.QueryContext(ctx, "SELECT pattern, workspace, path, count FROM ignored")
	if err != nil {
		return Silences{}, s.fail(op, err)
	}
	defer files.Close()
	for files.Next() {
		var f PatternFile
		var n int
		if err := files.Scan(&f.Pattern, &f.Workspace, &f.Path, &n); err != nil {
			return Silences{}, s.fail(op, err)
		}
		sil.Ignored[f] = n
	}
	return sil, s.fail(op, files.Err())
}

func parseDigest(s string) (d analysis.Digest, err error) {
	b, err := hex.DecodeString(s)
	if err == nil && len(b) != len(d) {
		err = fmt.Errorf("a digest of %d bytes", len(b))
	}
	if err != nil {
		return d, err
	}
	return analysis.Digest(b), nil
}

package store

import (
	"context"
	"fmt"
	"strings"
)

// Check reads the whole file and reports whether SQLite finds it sound: nil, or
// an error of kind ErrCorrupt. A store of 100 MB takes some seconds.
func (s *Store) Check(ctx context.Context) error {
	const op = "check"
	rows, err := s.read.QueryContext(ctx, "PRAGMA quick_check(5)")
	if err != nil {
		return s.fail(op, err)
	}
	defer rows.Close()
	var doubts []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return s.fail(op, err)
		}
		if line != "ok" {
			doubts = append(doubts, strings.ReplaceAll(line, "\n", " "))
		}
	}
	if err := rows.Err(); err != nil {
		return s.fail(op, err)
	}
	if len(doubts) > 0 {
		return s.fail(op, fmt.Errorf("%w: %s", ErrCorrupt, strings.Join(doubts, "; ")))
	}
	return nil
}

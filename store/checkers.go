package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Checkers are what the checkers of one process did since it started, and what
// they hold.
type Checkers struct {
	PID           int
	Started, Seen time.Time
	Ended         bool // the process closed them
	Runs          int64
	Checked       int64 // verdicts
	Refuted       int64
	Unknown       map[string]int64 // by cause
	Memory, Peak  int64            // bytes
	Limit         int64            // bytes that one of them may hold
}

// PutCheckers replaces what is known of the checkers of c's process. It changes
// no suggestion, and so not the generation.
func (s *Store) PutCheckers(ctx context.Context, c Checkers) error {
	if c.Seen.IsZero() {
		c.Seen = s.clock()
	}
	unknown := appendList(slices.Sorted(maps.Keys(c.Unknown)), func(l *list, cause string) {
		l.str(cause)
		l.num(int(c.Unknown[cause]))
	})
	return s.update(ctx, "count checks", func(tx *writing) error {
		_, err := tx.exec(`INSERT OR REPLACE INTO checkers (pid, started, seen, ended, runs, checked, refuted, unknown, memory, peak, most)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.PID, stamp(c.Started), stamp(c.Seen), c.Ended, c.Runs, c.Checked, c.Refuted, unknown, c.Memory, c.Peak, c.Limit)
		return err
	})
}

// Checkers lists what the checkers of each process did, the newest process
// first.
func (s *Store) Checkers(ctx context.Context) ([]Checkers, error) {
	const op = "list checkers"
	rows, err := s.read.QueryContext(ctx, `SELECT pid, started, seen, ended, runs, checked, refuted, unknown, memory, peak, most
		FROM checkers ORDER BY started DESC, pid`)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	type count struct {
		cause string
		n     int
	}
	var all []Checkers
	for rows.Next() {
		var c Checkers
		var started, seen int64
		var unknown []byte
		if err := rows.Scan(&c.PID, &started, &seen, &c.Ended, &c.Runs, &c.Checked, &c.Refuted, &unknown, &c.Memory, &c.Peak, &c.Limit); err != nil {
			return nil, s.fail(op, err)
		}
		counts, err := readList(unknown, func(r *listReader) count { return count{r.str(), r.num()} })
		if err != nil {
			return nil, s.fail(op, err)
		}
		c.Started, c.Seen, c.Unknown = moment(started), moment(seen), map[string]int64{}
		for _, u := range counts {
			c.Unknown[u.cause] = int64(u.n)
		}
		all = append(all, c)
	}
	return all, s.fail(op, rows.Err())
}

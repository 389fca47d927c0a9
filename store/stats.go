package store

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/dejafix/dejafix/analysis"
)

// Stats are counts of what is stored.
type Stats struct {
	Episodes      int // repairs
	Examples      int // a repair that cured several errors has as many
	Rules         int
	Identities    int
	Patterns      int // in the index
	Forgotten     int // tombstones
	Never         int
	Workspaces    int
	Exposures     int
	Seen          int // exposures that were seen
	Outcomes      map[analysis.Verdict]int
	StoreBytes    int64 // of the pages in use
	DiskBytes     int64 // of the files, -wal and -shm included
	Unerased      bool  // a forgetting has not rewritten the files yet
	SchemaVersion int
}

// Stats counts.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	const op = "count"
	st := Stats{Outcomes: map[analysis.Verdict]int{}}
	// One read transaction, so that the numbers fit together.
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return Stats{}, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	for _, q := range []struct {
		query string
		to    any
	}{
		{"SELECT count(DISTINCT repair) FROM examples", &st.Episodes},
		{"SELECT count(*) FROM examples", &st.Examples},
		{"SELECT count(DISTINCT rule_key) FROM examples", &st.Rules},
		{"SELECT count(*) FROM identities", &st.Identities},
		{"SELECT count(*) FROM patterns", &st.Patterns},
		{"SELECT count(*) FROM tombstones WHERE forgotten IS NOT NULL", &st.Forgotten},
		{"SELECT count(*) FROM tombstones WHERE never IS NOT NULL", &st.Never},
		{"SELECT count(*) FROM workspaces", &st.Workspaces},
		{"SELECT count(*) FROM exposures", &st.Exposures},
		{"SELECT count(*) FROM exposures WHERE status = 'seen'", &st.Seen},
		{"SELECT unerased FROM state", &st.Unerased},
		{selectBytes, &st.StoreBytes},
		{"PRAGMA user_version", &st.SchemaVersion},
	} {
		if err := tx.QueryRowContext(ctx, q.query).Scan(q.to); err != nil {
			return Stats{}, s.fail(op, err)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		fi, err := os.Stat(s.path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the last to close removes both
		}
		if err != nil {
			return Stats{}, s.fail(op, err)
		}
		st.DiskBytes += fi.Size()
	}
	rows, err := tx.QueryContext(ctx, "SELECT verdict, count(*) FROM outcomes GROUP BY verdict")
	if err != nil {
		return Stats{}, s.fail(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var v analysis.Verdict
		var n int
		if err := rows.Scan(&v, &n); err != nil {
			return Stats{}, s.fail(op, err)
		}
		st.Outcomes[v] = n
	}
	return st, s.fail(op, rows.Err())
}

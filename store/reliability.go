package store

import (
	"context"

	"github.com/dejafix/dejafix/analysis"
)

// A Reliability is what became of the best candidates whose chance was said to be
// in one tenth: the reliability diagram of what was shown in use.
type Reliability struct {
	From     float64 // least chance: 0, .1, … .9
	Said     float64 // mean chance
	Seen     int     // decisions that a person saw or acted on; the others are of these
	Applied  int     // whatever became of it then
	Held     int     // applied, and still there when the waiting time was over
	Undone   int     // applied, and taken back
	CameBack int     // applied, and the error was there again
	Ignored  int     // not taken, or dismissed
}

// Reliability counts the exposures that a person saw, or acted on, by the chance
// that was said of their best candidate, where it is that which was shown. Tenths
// without any are left out; the lowest comes first. An exposure stands for all
// errors of its kind in a file and a session, and counts with its last verdict.
func (s *Store) Reliability(ctx context.Context) ([]Reliability, error) {
	const op = "count what was said and held"
	// Who applied a repair saw it, whatever the client told of that.
	rows, err := s.read.QueryContext(ctx, `
		SELECT max(0, min(9, CAST(chance * 10 AS INTEGER))) AS tenth, avg(chance), count(*),
			count(*) FILTER (WHERE verdict IN (?1, ?2, ?3, ?4)),
			count(*) FILTER (WHERE verdict = ?2),
			count(*) FILTER (WHERE verdict = ?3),
			count(*) FILTER (WHERE verdict = ?4),
			count(*) FILTER (WHERE verdict IN (?5, ?6))
		FROM (SELECT json_extract(candidates, '$[0].score') AS chance, verdict FROM exposures
			WHERE (status = ?7 OR verdict IN (?1, ?2, ?3, ?4)) AND json_extract(candidates, '$[0].about'))
		GROUP BY tenth ORDER BY tenth`,
		string(analysis.VerdictApplied), string(analysis.VerdictHeld), string(analysis.VerdictUndone), string(analysis.VerdictCameBack),
		string(analysis.VerdictIgnored), string(analysis.VerdictDismissed), string(Seen))
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	var list []Reliability
	for rows.Next() {
		var r Reliability
		var tenth int
		if err := rows.Scan(&tenth, &r.Said, &r.Seen, &r.Applied, &r.Held, &r.Undone, &r.CameBack, &r.Ignored); err != nil {
			return nil, s.fail(op, err)
		}
		r.From = float64(tenth) / 10
		list = append(list, r)
	}
	return list, s.fail(op, rows.Err())
}

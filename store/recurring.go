package store

import (
	"context"
	"database/sql"

	"github.com/dejafix/dejafix/analysis"
)

// A Recurring is a kind of error that was repaired more than once.
type Recurring struct {
	Rule     // Examples counts its errors: one repair may cure several
	Repairs  int
	Patterns []string // ids, those learned from the most examples first
	Held     int      // outcomes of its suggestions
	Undone   int
}

// maxRecurringPatterns bounds the patterns that are listed of one rule.
const maxRecurringPatterns = 5

// Recurring lists the rules that were repaired most often, at least twice, at
// most limit of them.
func (s *Store) Recurring(ctx context.Context, limit int) ([]Recurring, error) {
	const op = "list recurring errors"
	// One read transaction, so that the parts fit together.
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	rows, err := tx.QueryContext(ctx, `
		SELECT f.rule_key, i.language, i.rule, f.count, f.repairs, f.last
		FROM (SELECT rule_key, count(*) AS count, count(DISTINCT repair) AS repairs, max(time) AS last
			FROM examples GROUP BY rule_key HAVING repairs > 1 ORDER BY repairs DESC, last DESC, rule_key LIMIT ?) f
		JOIN identities i ON i.n = (SELECT n FROM identities WHERE rule_key = f.rule_key LIMIT 1)
		ORDER BY f.repairs DESC, f.last DESC, f.rule_key`, limit)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	var list []Recurring
	for rows.Next() {
		var r Recurring
		var last int64
		if err := rows.Scan(&r.Key, &r.Language, &r.Rule.Rule, &r.Examples, &r.Repairs, &last); err != nil {
			return nil, s.fail(op, err)
		}
		r.Last = moment(last)
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fail(op, err)
	}
	for i := range list {
		r := &list[i]
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE verdict = ?), count(*) FILTER (WHERE verdict = ?) FROM outcomes WHERE rule_key = ?`,
			string(analysis.VerdictHeld), string(analysis.VerdictUndone), r.Key).Scan(&r.Held, &r.Undone); err != nil {
			return nil, s.fail(op, err)
		}
		if r.Patterns, err = firstColumn(ctx, tx, `SELECT p.id FROM patterns p JOIN pattern_examples pe ON pe.pattern = p.id
			WHERE p.rule_key = ? GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT ?`, r.Key, maxRecurringPatterns); err != nil {
			return nil, s.fail(op, err)
		}
	}
	return list, nil
}

// firstColumn reads rows of one string.
func firstColumn(ctx context.Context, tx *sql.Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

package store

import (
	"context"
	"database/sql"

	"github.com/dejafix/dejafix/analysis"
)

// maxRecurringPatterns bounds the patterns that are listed of one rule.
const maxRecurringPatterns = 5

// Recurring lists the rules that were repaired most often, at most limit of
// them: those repaired at least twice, and those repaired once whose key is in
// again, since their error is there again. What was read of a history, made or
// imported came to nobody again.
func (s *Store) Recurring(ctx context.Context, again []string, limit int) ([]analysis.Recurring, error) {
	const op = "list recurring errors"
	// One read transaction, so that the parts fit together.
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	list, err := recurring(ctx, tx, jsonList(again), limit)
	if err != nil {
		return nil, s.fail(op, err)
	}
	for i := range list {
		r := &list[i]
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE verdict = ?), count(*) FILTER (WHERE verdict = ?) FROM outcomes WHERE rule_key = ?`,
			string(analysis.VerdictHeld), string(analysis.VerdictUndone), r.Key).Scan(&r.Held, &r.Undone); err != nil {
			return nil, s.fail(op, err)
		}
		if r.Patterns, err = learnedOf(ctx, tx, r.Key); err != nil {
			return nil, s.fail(op, err)
		}
	}
	return list, nil
}

func recurring(ctx context.Context, tx *sql.Tx, again string, limit int) (list []analysis.Recurring, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT f.rule_key, i.language, i.rule, e.source, e.code, e.message, f.repairs, f.last
		FROM (SELECT rule_key, max(n) AS newest, count(DISTINCT repair) AS repairs, max(time) AS last
			FROM examples WHERE origin NOT IN ('history', 'self', 'import') GROUP BY rule_key HAVING repairs > 1 OR rule_key IN (SELECT value FROM json_each(?))
			ORDER BY repairs DESC, last DESC, rule_key LIMIT ?) f
		JOIN examples e ON e.n = f.newest
		JOIN identities i ON i.n = e.identity
		ORDER BY f.repairs DESC, f.last DESC, f.rule_key`, again, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r analysis.Recurring
		var last int64
		if err := rows.Scan(&r.Key, &r.Language, &r.Rule, &r.Source, &r.Code, &r.Message, &r.Repairs, &last); err != nil {
			return nil, err
		}
		r.Last = moment(last)
		list = append(list, r)
	}
	return list, rows.Err()
}

// learnedOf lists the patterns of a rule, those learned from the most repairs
// first.
func learnedOf(ctx context.Context, tx *sql.Tx, key string) (list []analysis.Learned, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT p.id, p.title, count(DISTINCT e.repair) AS repairs,
			(SELECT count(*) FROM outcomes o WHERE o.pattern = p.id AND o.verdict = ?),
			(SELECT count(*) FROM outcomes o WHERE o.pattern = p.id AND o.verdict IN (?, ?)),
			EXISTS (SELECT 1 FROM tombstones t WHERE t.pattern = p.id AND t.never IS NOT NULL)
		FROM patterns p JOIN pattern_examples pe ON pe.pattern = p.id JOIN examples e ON e.id = pe.example
		WHERE p.rule_key = ? GROUP BY p.id ORDER BY repairs DESC, p.id LIMIT ?`,
		string(analysis.VerdictHeld), string(analysis.VerdictUndone), string(analysis.VerdictCameBack), key, maxRecurringPatterns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p analysis.Learned
		if err := rows.Scan(&p.Pattern, &p.Title, &p.Repairs, &p.Held, &p.Undone, &p.Never); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

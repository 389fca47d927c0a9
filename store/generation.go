package store

import "context"

// Changes are what was written since a generation.
type Changes struct {
	Generation int64    // now
	All        bool     // any rule may have changed
	Rules      []string // keys of the rules that changed, in no order
}

// Generation is a number that rises with every write, by any process, that
// can change what is suggested: examples, outcomes, what a user silenced. Asking
// costs some microseconds.
func (s *Store) Generation(ctx context.Context) (int64, error) {
	var g int64
	err := s.read.QueryRowContext(ctx, "SELECT generation FROM state").Scan(&g)
	return g, s.fail("read the generation", err)
}

// Changes tells which rules changed after the generation since.
func (s *Store) Changes(ctx context.Context, since int64) (Changes, error) {
	// One statement, so that the generation is that of the rules.
	rows, err := s.read.QueryContext(ctx, `
		SELECT s.generation, c.rule FROM state s LEFT JOIN changes c ON c.generation > ?`, since)
	if err != nil {
		return Changes{}, s.fail("read changes", err)
	}
	defer rows.Close()
	var c Changes
	for rows.Next() {
		var rule *string
		if err := rows.Scan(&c.Generation, &rule); err != nil {
			return Changes{}, s.fail("read changes", err)
		}
		switch {
		case rule == nil:
		case *rule == "":
			c.All = true
		default:
			c.Rules = append(c.Rules, *rule)
		}
	}
	return c, s.fail("read changes", rows.Err())
}

// writeChanges raises the generation once for all rules that were touched.
func (w *writing) writeChanges() error {
	if len(w.changed) == 0 {
		return nil
	}
	if _, err := w.exec("UPDATE state SET generation = generation + 1"); err != nil {
		return err
	}
	st, err := w.PrepareContext(w.ctx, `
		INSERT INTO changes (rule, generation) SELECT ?, generation FROM state WHERE true
		ON CONFLICT (rule) DO UPDATE SET generation = excluded.generation`)
	if err != nil {
		return err
	}
	defer st.Close()
	for rule := range w.changed {
		if _, err := st.ExecContext(w.ctx, rule); err != nil {
			return err
		}
	}
	return nil
}

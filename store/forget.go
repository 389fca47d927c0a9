package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Scope says what to forget: Everything, OfWorkspace, Since or OfPattern.
type Scope interface{ scope() }

// Everything forgets all rows: what was learned, what became of it, what the
// user said of patterns and folders.
type Everything struct{}

// OfWorkspace forgets the workspace that Root lies in: its rows, its name, and
// what the user said of the folder Root and those below it.
type OfWorkspace struct{ Root string }

// Since forgets what was stored at Time or later. A repair goes as a whole.
type Since struct{ Time time.Time }

// OfPattern forgets a pattern: the whole repairs that it was learned from (the
// symptoms of a repair hold the same text), their outcomes, and leaves a
// tombstone. Examples adds to those that the index names.
type OfPattern struct {
	ID       string
	Examples []string
}

func (Everything) scope()  {}
func (OfWorkspace) scope() {}
func (Since) scope()       {}
func (OfPattern) scope()   {}

// Forgotten counts what was deleted.
type Forgotten struct {
	Examples, Repairs, Outcomes, Exposures int
	BytesBefore, BytesAfter                int64
}

// Forget deletes what scope names, and erases it: when it returns nil, no file
// of the store holds any of it. When another process keeps reading longer than
// EraseTimeout, the rows are gone for everyone but the error is ErrNotErased;
// Erase, the next Forget or the next Retain finishes the work.
func (s *Store) Forget(ctx context.Context, scope Scope) (Forgotten, error) {
	const op = "forget"
	var f Forgotten
	before, err := s.bytes(ctx)
	if err != nil {
		return f, s.fail(op, err)
	}
	location, root := "", ""
	if w, ok := scope.(OfWorkspace); ok {
		if location, err = Location(w.Root); err != nil {
			return f, s.fail(op, err)
		}
		if root, err = canonical(w.Root); err != nil {
			return f, s.fail(op, err)
		}
	}
	now := stamp(s.clock())
	err = s.update(ctx, op, func(tx *writing) error {
		f = Forgotten{BytesBefore: before}
		d := deletion{writing: tx, counts: &f}
		// Marked in the same transaction: whoever is killed before the files are
		// rewritten leaves the mark.
		d.do("UPDATE state SET unerased = 1")
		switch sc := scope.(type) {
		case Everything:
			d.everything()
		case OfWorkspace:
			d.workspace(location, root)
		case Since:
			d.since(stamp(sc.Time))
		case OfPattern:
			d.pattern(sc, now)
		}
		return d.err
	})
	if err != nil {
		return Forgotten{}, err
	}
	if err := s.Erase(ctx); err != nil {
		return f, err
	}
	f.BytesAfter, err = s.bytes(ctx)
	return f, s.fail(op, err)
}

// A deletion is a forgetting or a retention under way; the first error stops it.
type deletion struct {
	*writing
	counts *Forgotten
	err    error
}

// do runs a statement unless one failed before, and gives the rows changed.
func (d *deletion) do(query string, args ...any) int {
	if d.err != nil {
		return 0
	}
	var n int
	n, d.err = d.exec(query, args...)
	return n
}

func (d *deletion) everything() {
	d.begin("SELECT DISTINCT repair FROM examples")
	d.forgetDoomed()
	for _, t := range []string{"patterns", "pattern_examples", "identities", "tombstones", "undone", "ignored", "workspaces", "folders", "checkers", "history", "history_offers"} {
		d.do("DELETE FROM " + t)
	}
	for _, t := range failureTables {
		d.do("DELETE FROM " + t)
	}
	d.counts.Outcomes += d.do("DELETE FROM outcomes")
	d.counts.Exposures += d.do("DELETE FROM exposures")
	d.touch("")
}

func (d *deletion) workspace(location, root string) {
	if d.err != nil {
		return
	}
	// Below root: the next character of the path is a separator, of either kind.
	d.do(`DELETE FROM folders WHERE path = ?1 OR (substr(path, 1, length(?1)) = ?1 AND substr(path, length(?1) + 1, 1) IN ('/', '\'))`, root)
	d.touch("")
	var id string
	if id, d.err = workspaceAt(d.ctx, d, location); d.err != nil || id == "" {
		return
	}
	d.begin("SELECT DISTINCT repair FROM examples WHERE workspace = ?", id)
	d.forgetDoomed()
	d.counts.Outcomes += d.do("DELETE FROM outcomes WHERE workspace = ?", id)
	d.counts.Exposures += d.do("DELETE FROM exposures WHERE workspace = ?", id)
	for _, t := range []string{"undone", "ignored", "history", "history_offers"} {
		d.do("DELETE FROM "+t+" WHERE workspace = ?", id)
	}
	for _, t := range failureTables {
		d.do("DELETE FROM "+t+" WHERE workspace = ?", id)
	}
	d.do("DELETE FROM workspaces WHERE id = ?", id)
}

func (d *deletion) since(t int64) {
	d.begin("SELECT DISTINCT repair FROM examples WHERE stored >= ?", t)
	d.forgetDoomed()
	d.counts.Outcomes += d.do("DELETE FROM outcomes WHERE time >= ?", t)
	d.counts.Exposures += d.do("DELETE FROM exposures WHERE time >= ?", t)
	for _, table := range []string{"undone", "ignored", "history", "history_offers"} {
		d.do("DELETE FROM "+table+" WHERE time >= ?", t)
	}
	d.failures(">=", t)
	d.touch("")
}

func (d *deletion) pattern(p OfPattern, now int64) {
	d.do(`INSERT INTO tombstones (pattern, forgotten) VALUES (?, ?)
		ON CONFLICT (pattern) DO UPDATE SET forgotten = excluded.forgotten`, p.ID, now)
	if d.err == nil {
		d.err = d.touchPattern(p.ID)
	}
	d.begin(`SELECT DISTINCT repair FROM examples WHERE id IN (SELECT example FROM pattern_examples WHERE pattern = ?)`, p.ID)
	for _, ex := range p.Examples {
		d.do(`INSERT OR IGNORE INTO temp.doomed SELECT repair FROM examples WHERE id = ?`, ex)
	}
	d.forgetDoomed()
	d.do("DELETE FROM pattern_examples WHERE pattern = ?", p.ID)
	d.do("DELETE FROM patterns WHERE id = ?", p.ID)
	d.counts.Outcomes += d.do("DELETE FROM outcomes WHERE pattern = ?", p.ID)
	d.counts.Exposures += d.do("DELETE FROM exposures WHERE instr(candidates, ?)", `"`+p.ID+`"`)
	for _, t := range []string{"undone", "ignored"} {
		d.do("DELETE FROM "+t+" WHERE pattern = ?", p.ID)
	}
}

// failures deletes what is kept of failures by its age: a failure, or a test of
// it, goes with all that is counted of it, by when it was last seen.
func (d *deletion) failures(compare string, t int64) {
	for _, table := range failureTables {
		column := "time"
		if table == "failures" || table == "failure_tests" {
			column = "last"
		}
		d.do("DELETE FROM "+table+" WHERE "+column+" "+compare+" ?", t)
	}
	d.orphans()
}

// orphans deletes what belongs to failures that are gone.
func (d *deletion) orphans() {
	for _, t := range []string{"failure_tests", "failure_repairs"} {
		d.do("DELETE FROM " + t + " WHERE NOT EXISTS (SELECT 1 FROM failures f WHERE f.workspace = " + t + ".workspace AND f.print = " + t + ".print)")
	}
}

// begin collects the repairs that query selects. The table is temporary, which
// is in memory here.
func (d *deletion) begin(query string, args ...any) {
	d.do("CREATE TEMP TABLE doomed (repair TEXT PRIMARY KEY) WITHOUT ROWID")
	d.do("INSERT OR IGNORE INTO temp.doomed "+query, args...)
}

// What finish asks of the collected repairs.
const (
	ofDoomed       = " WHERE repair IN (SELECT repair FROM temp.doomed)"
	doomedExamples = "(SELECT id FROM examples" + ofDoomed + ")"
)

// forgetDoomed deletes the collected repairs with everything that tells of
// them: outcomes that name their examples, and the index entries of their
// patterns (a title quotes the edit).
func (d *deletion) forgetDoomed() {
	d.counts.Outcomes += d.do("DELETE FROM outcomes WHERE example IN " + doomedExamples)
	d.do("DELETE FROM patterns WHERE id IN (SELECT pattern FROM pattern_examples WHERE example IN " + doomedExamples + ")")
	d.do("DELETE FROM pattern_examples WHERE pattern NOT IN (SELECT id FROM patterns)")
	d.dropDoomed()
}

// dropDoomed deletes the collected repairs. Outcomes stay, for what they say of
// the pattern, and so do patterns that have another example.
func (d *deletion) dropDoomed() {
	if d.err != nil {
		return
	}
	var rules []string
	if rules, d.err = d.strings("SELECT DISTINCT rule_key FROM examples" + ofDoomed); d.err != nil {
		return
	}
	for _, r := range rules {
		d.touch(r)
	}
	if d.do("DELETE FROM pattern_examples WHERE example IN "+doomedExamples) > 0 {
		d.do("DELETE FROM patterns WHERE id NOT IN (SELECT pattern FROM pattern_examples)")
	}
	if d.err != nil {
		return
	}
	var n int
	if d.err = d.QueryRowContext(d.ctx, "SELECT count(DISTINCT repair) FROM examples"+ofDoomed).Scan(&n); d.err != nil {
		return
	}
	d.counts.Repairs += n
	d.do("DELETE FROM failure_repairs" + ofDoomed)
	d.counts.Examples += d.do("DELETE FROM examples" + ofDoomed)
	for _, r := range rules {
		d.do("DELETE FROM identities WHERE rule_key = ? AND n NOT IN (SELECT identity FROM examples WHERE rule_key = ?)", r, r)
	}
	d.do("DROP TABLE temp.doomed")
}

func (w *writing) strings(query string, args ...any) ([]string, error) {
	rows, err := w.QueryContext(w.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// Erase rewrites the store's files so that they hold nothing but its rows, if a
// forgetting before did not get so far. secure_delete overwrites what is
// deleted, but not the copies that a B-tree leaves in a page when it moves a
// row: VACUUM writes every row anew. It writes into the -wal, so that the old
// pages are in the file until a checkpoint has copied all of it and cut the
// -wal to nothing.
func (s *Store) Erase(ctx context.Context) error {
	const op = "erase what was forgotten"
	if s.readOnly {
		return &Error{Op: op, Path: s.path, Kind: ErrReadOnly, Next: "open it without ReadOnly"}
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.fail(op, err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	var unerased bool
	if err := conn.QueryRowContext(ctx, "SELECT unerased FROM state").Scan(&unerased); err != nil || !unerased {
		return s.fail(op, err)
	}
	// VACUUM copies the store into a temporary file, which holds only what
	// remains and has no name; in memory it would be as large as the store.
	for _, q := range []string{"PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY"} {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA temp_store = MEMORY")
			return s.notErased(op, err)
		}
	}
	if err := s.truncateWAL(ctx, conn); err != nil {
		return s.notErased(op, err)
	}
	_, err = conn.ExecContext(ctx, "UPDATE state SET unerased = 0")
	return s.fail(op, err)
}

// truncateWAL checkpoints until the whole -wal is in the file and the -wal is
// empty, which a reader of an old snapshot can hold up.
func (s *Store) truncateWAL(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, s.eraseTimeout)
	defer cancel()
	for {
		var busy, log, checkpointed int
		err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &checkpointed)
		if err == nil && busy == 0 {
			return nil
		}
		if err == nil || s.isBusy(err) {
			err = ErrBusy
		}
		if !errors.Is(err, ErrBusy) && ctx.Err() == nil {
			return err
		}
		t := time.NewTimer(lockPoll)
		select {
		case <-ctx.Done():
			t.Stop()
			return errors.Join(ErrBusy, ctx.Err())
		case <-t.C:
		}
	}
}

func (s *Store) isBusy(err error) bool { return errors.Is(s.fail("", err), ErrBusy) }

func (s *Store) notErased(op string, err error) error {
	return &Error{Op: op, Path: s.path, Kind: ErrNotErased, Err: err,
		Next: fmt.Sprintf("close the editors that use it and run `dejafix forget` again; until then %s and its -wal may still hold text that was forgotten", s.path)}
}

// bytes is the room that the store's pages in use take.
func (s *Store) bytes(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, selectBytes).Scan(&n)
	return n, err
}

const selectBytes = "SELECT (p.page_count - f.freelist_count) * z.page_size FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size z"

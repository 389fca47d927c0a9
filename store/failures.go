package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// The bounds of what is kept of failures in one workspace.
const (
	// maxGroups is how many failures with different fingerprints are kept, those
	// seen last: 1.5 KB each with their tests (BenchmarkAddRun).
	maxGroups = 2000
	// maxGroupTests is how many tests are named of one failure; a break of what
	// all share fails all.
	maxGroupTests = 50
	// maxGroupRepairs is how many repairs are kept of one failure.
	maxGroupRepairs = 20
	// maxTestResults is how many results of tests that failed are kept, those of
	// the newest runs.
	maxTestResults = 10_000
	// maxPassed is for how many runs that differ it is kept which tests passed: a
	// test that fails without a change is one that passed in the run before, or
	// some branches ago.
	maxPassed = 4
	// maxPassedTests bounds the tests of one of them: 6 bytes each.
	maxPassedTests = 50_000

	// What all workspaces together may have: ten as full as they get.
	maxAllGroups  = 10 * maxGroups
	maxAllResults = 10 * maxTestResults
	maxAllPassed  = 10 * maxPassed
	maxAllPassing = 50
)

// The tables of failures, for forgetting.
var failureTables = []string{"failures", "failure_tests", "failure_repairs", "test_results", "passed", "passing"}

// RunPast gives what a run is compared with: of the fingerprints in prints what
// is kept of them, and how tests ended in runs that were the same ("" for none).
func (s *Store) RunPast(ctx context.Context, workspace, same string, prints []string) (analysis.RunPast, error) {
	const op = "look up a run"
	p := analysis.RunPast{
		Groups: map[string]analysis.FailureGroup{}, Tracked: map[string]analysis.FailedTest{},
		Results: map[string]analysis.TestResult{}, Passed: map[uint32]int{},
	}
	// One read transaction, so that the parts fit together.
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return p, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	groups, err := groupsOf(ctx, tx, "WHERE workspace = ? AND print IN (SELECT value FROM json_each(?))", workspace, jsonList(prints))
	if err != nil {
		return p, s.fail(op, err)
	}
	for _, g := range groups {
		p.Groups[g.Print] = g
	}
	tests, err := testsOf(ctx, tx, "WHERE workspace = ? ORDER BY last", workspace)
	if err != nil {
		return p, s.fail(op, err)
	}
	for _, t := range tests {
		p.Tracked[t.Key] = t
	}
	if same == "" {
		return p, nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT test, failed, passed, time FROM test_results WHERE workspace = ? AND same = ?", workspace, same)
	if err != nil {
		return p, s.fail(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r analysis.TestResult
		var at int64
		if err := rows.Scan(&r.Test, &r.Failed, &r.Passed, &at); err != nil {
			return p, s.fail(op, err)
		}
		r.Time = moment(at)
		p.Results[r.Test] = r
	}
	if err := rows.Err(); err != nil {
		return p, s.fail(op, err)
	}
	var passed []byte
	var at int64
	err = tx.QueryRowContext(ctx, "SELECT tests, time FROM passed WHERE workspace = ? AND same = ?", workspace, same).Scan(&passed, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, s.fail(op, err)
	}
	p.PassedAt = moment(at)
	for ; len(passed) >= 6; passed = passed[6:] {
		p.Passed[binary.LittleEndian.Uint32(passed)] = int(binary.LittleEndian.Uint16(passed[4:]))
	}
	return p, nil
}

// AddRun keeps what a run said, in one transaction, and what is beyond the
// bounds no longer. Two windows of one workspace may tell of the same run: nothing
// counts that ended no later than what is there.
func (s *Store) AddRun(ctx context.Context, n analysis.RunNote) error {
	if n.Time.IsZero() {
		n.Time = s.clock()
	}
	at := stamp(n.Time)
	return s.update(ctx, "keep a run", func(tx *writing) error {
		w := noting{deletion: deletion{writing: tx, counts: &Forgotten{}}, n: &n, at: at, prepared: map[string]*sql.Stmt{}}
		defer w.close()
		for i := range n.Groups {
			w.group(&n.Groups[i])
		}
		for _, fp := range n.Instead {
			w.do("UPDATE failures SET count = count - 1 WHERE workspace = ? AND print = ?", n.Workspace, fp)
			if w.do("DELETE FROM failures WHERE workspace = ? AND print = ? AND count < 1", n.Workspace, fp) > 0 {
				w.orphans()
			}
		}
		for _, r := range n.Results {
			if n.Same == "" {
				break
			}
			w.each(`INSERT INTO test_results (workspace, test, same, failed, passed, time) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (workspace, test, same) DO UPDATE SET failed = failed + excluded.failed, passed = passed + excluded.passed, time = excluded.time
				WHERE excluded.time > time`,
				n.Workspace, r.Test, n.Same, r.Failed, r.Passed, at)
		}
		if n.Passed != nil && n.Same != "" {
			w.do("INSERT OR REPLACE INTO passed (workspace, same, tests, time) VALUES (?, ?, ?, ?)", n.Workspace, n.Same, packPassed(n.Passed), at)
			w.do(`DELETE FROM passed WHERE workspace = ?1 AND same NOT IN
				(SELECT same FROM passed WHERE workspace = ?1 ORDER BY time DESC LIMIT ?2)`, n.Workspace, maxPassed)
		}
		for _, fp := range n.Flaky {
			w.do("UPDATE failures SET flaky = ? WHERE workspace = ? AND print = ?", at, n.Workspace, fp)
		}
		for _, test := range n.FlakyTests {
			w.do(`UPDATE failures SET flaky = ?1 WHERE workspace = ?2 AND print IN
				(SELECT print FROM failure_tests WHERE workspace = ?2 AND test = ?3 AND same = ?4)`, at, n.Workspace, test, n.Same)
		}
		if n.Passing != nil {
			w.do(`INSERT INTO passing (workspace, code, files, time) VALUES (?, ?, ?, ?)
				ON CONFLICT (workspace) DO UPDATE SET code = excluded.code, files = excluded.files, time = excluded.time WHERE excluded.time > time`,
				n.Workspace, n.Passing.Code, packPassing(n.Passing.Files), stamp(n.Passing.Time))
		}
		w.trim()
		return w.err
	})
}

// A noting keeps a run; the first error stops it.
type noting struct {
	deletion
	n        *analysis.RunNote
	at       int64
	prepared map[string]*sql.Stmt // statements that are run for each failure or test
}

// each runs a statement that is run many times.
func (w *noting) each(query string, args ...any) {
	if w.err != nil {
		return
	}
	st := w.prepared[query]
	if st == nil {
		if st, w.err = w.PrepareContext(w.ctx, query); w.err != nil {
			return
		}
		w.prepared[query] = st
	}
	_, w.err = st.ExecContext(w.ctx, args...)
}

func (w *noting) close() {
	for _, st := range w.prepared {
		if err := st.Close(); w.err == nil {
			w.err = err
		}
	}
}

// group counts a failure, and keeps what was seen of it last.
func (w *noting) group(g *analysis.FailureGroup) {
	once := 1
	if w.n.Again[g.Print] {
		once = 0
	}
	w.each(`INSERT INTO failures (workspace, print, language, type, message, frames, first, last, count, flaky, code, vias)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?)
		ON CONFLICT (workspace, print) DO UPDATE SET type = excluded.type, message = excluded.message, frames = excluded.frames,
			first = min(first, excluded.first), last = max(last, excluded.last), count = count + iif(excluded.last > last, ?, 0), code = excluded.code, vias = excluded.vias`,
		w.n.Workspace, g.Print, g.Language, g.Type, g.Message, appendList(g.Frames, writeFrame), w.at, w.at, w.n.Code, appendList(g.Vias, (*list).str), once)
	for _, t := range g.Tests[:min(len(g.Tests), maxGroupTests)] {
		w.each(`INSERT INTO failure_tests (workspace, print, test, package, name, command, same, count, last) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT (workspace, print, test) DO UPDATE SET command = excluded.command, same = excluded.same, count = count + iif(excluded.last > last, ?, 0), last = max(last, excluded.last)`,
			w.n.Workspace, g.Print, t.Key, t.Package, t.Name, t.Command, w.n.Same, w.at, once)
	}
	w.each(`DELETE FROM failure_tests WHERE workspace = ?1 AND print = ?2 AND test NOT IN
		(SELECT test FROM failure_tests WHERE workspace = ?1 AND print = ?2 ORDER BY last DESC LIMIT ?3)`, w.n.Workspace, g.Print, maxGroupTests)
}

// trim deletes what is beyond the bounds of the run's workspace.
func (w *noting) trim() {
	if len(w.n.Groups) > 0 && w.do(`DELETE FROM failures WHERE workspace = ?1 AND print IN
		(SELECT print FROM failures WHERE workspace = ?1 ORDER BY last DESC LIMIT -1 OFFSET ?2)`, w.n.Workspace, maxGroups) > 0 {
		w.orphans()
	}
	if len(w.n.Results) > 0 {
		w.do(`DELETE FROM test_results WHERE workspace = ?1 AND time <
			coalesce((SELECT time FROM test_results WHERE workspace = ?1 ORDER BY time DESC LIMIT 1 OFFSET ?2), 0)`, w.n.Workspace, maxTestResults)
	}
}

// retainFailures trims what all workspaces have together, the oldest first.
func (d *deletion) retainFailures() {
	if d.do("DELETE FROM failures WHERE last < coalesce((SELECT last FROM failures ORDER BY last DESC LIMIT 1 OFFSET ?), 0)", maxAllGroups) > 0 {
		d.orphans()
	}
	for _, t := range []struct {
		table string
		most  int
	}{{"test_results", maxAllResults}, {"passed", maxAllPassed}, {"passing", maxAllPassing}} {
		d.do("DELETE FROM "+t.table+" WHERE time < coalesce((SELECT time FROM "+t.table+" ORDER BY time DESC LIMIT 1 OFFSET ?), 0)", t.most)
	}
}

// AddFailureRepair keeps what repaired the failures of some fingerprints.
func (s *Store) AddFailureRepair(ctx context.Context, workspace string, prints []string, r analysis.FailureRepair) error {
	if r.Time.IsZero() {
		r.Time = s.clock()
	}
	return s.update(ctx, "keep what repaired a failure", func(tx *writing) error {
		for _, fp := range prints {
			if _, err := tx.exec(`INSERT OR REPLACE INTO failure_repairs (workspace, print, repair, example, path, title, diff, same, refuted, time)
				SELECT workspace, print, ?, ?, ?, ?, ?, ?, ?, ? FROM failures WHERE workspace = ? AND print = ?`,
				r.Repair, r.Example, r.Path, r.Title, r.Diff, r.Same, r.Refuted, stamp(r.Time), workspace, fp); err != nil {
				return err
			}
			if _, err := tx.exec(`DELETE FROM failure_repairs WHERE workspace = ?1 AND print = ?2 AND repair NOT IN
				(SELECT repair FROM failure_repairs WHERE workspace = ?1 AND print = ?2 ORDER BY time DESC LIMIT ?3)`, workspace, fp, maxGroupRepairs); err != nil {
				return err
			}
		}
		return nil
	})
}

// RefuteRepairs says that a failure came again in the same run that its repairs
// had passed, and gives those of which that was not known.
func (s *Store) RefuteRepairs(ctx context.Context, workspace, fp, same string) (refuted []analysis.FailureRepair, err error) {
	err = s.update(ctx, "refute a repair", func(tx *writing) error {
		refuted, err = repairsOf(ctx, tx, "WHERE workspace = ? AND print = ? AND same = ? AND same <> '' AND refuted = 0", workspace, fp, same)
		if err != nil || len(refuted) == 0 {
			return err
		}
		_, err := tx.exec("UPDATE failure_repairs SET refuted = 1 WHERE workspace = ? AND print = ? AND same = ?", workspace, fp, same)
		return err
	})
	return refuted, err
}

// Flaky gives the fingerprints and the keys of tests of a workspace that were
// found since a time to fail and pass with the same code.
func (s *Store) Flaky(ctx context.Context, workspace string, since time.Time) (map[string]bool, error) {
	const op = "look up flaky tests"
	rows, err := s.read.QueryContext(ctx, `SELECT print FROM failures WHERE workspace = ?1 AND flaky >= ?2 AND flaky > 0
		UNION SELECT test FROM test_results WHERE workspace = ?1 AND failed > 0 AND passed > 0 AND time >= ?2`, workspace, stamp(since))
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, s.fail(op, err)
		}
		found[name] = true
	}
	return found, s.fail(op, rows.Err())
}

// Failure gives what is kept of a failure, with its tests and repairs; in any
// workspace, the one where it was seen last, when none is named. The error is
// ErrNotFound where nothing is known.
func (s *Store) Failure(ctx context.Context, workspace, fp string) (analysis.FailureGroup, error) {
	const op = "look up a failure"
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return analysis.FailureGroup{}, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	groups, err := groupsOf(ctx, tx, "WHERE print = ?1 AND (workspace = ?2 OR ?2 = '') ORDER BY last DESC LIMIT 1", fp, workspace)
	if err == nil && len(groups) == 0 {
		err = fmt.Errorf("failure %s: %w", fp, ErrNotFound)
	}
	if err != nil {
		return analysis.FailureGroup{}, s.fail(op, err)
	}
	g := groups[0]
	if g.Tests, err = testsOf(ctx, tx, "WHERE workspace = ? AND print = ? ORDER BY last DESC, test", g.Workspace, g.Print); err != nil {
		return analysis.FailureGroup{}, s.fail(op, err)
	}
	if g.Repairs, err = repairsOf(ctx, tx, "WHERE workspace = ? AND print = ? ORDER BY refuted, time DESC, repair", g.Workspace, g.Print); err != nil {
		return analysis.FailureGroup{}, s.fail(op, err)
	}
	// The runs that say the most.
	err = tx.QueryRowContext(ctx, `SELECT failed, failed + passed FROM test_results WHERE workspace = ?1 AND failed > 0 AND passed > 0
		AND test IN (SELECT test FROM failure_tests WHERE workspace = ?1 AND print = ?2) ORDER BY failed + passed DESC, time DESC LIMIT 1`,
		g.Workspace, g.Print).Scan(&g.FlakyFailed, &g.FlakyRuns)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return g, s.fail(op, err)
}

// Failures lists the failures of a workspace, the one seen last first, limit of
// them at most; with their repairs, without their tests.
func (s *Store) Failures(ctx context.Context, workspace string, limit int) ([]analysis.FailureGroup, error) {
	const op = "list failures"
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	groups, err := groupsOf(ctx, tx, "WHERE workspace = ? ORDER BY last DESC, print LIMIT ?", workspace, limit)
	return groups, s.fail(op, err)
}

// Passing gives the code of a workspace when all that ran passed last; nil when
// it never did.
func (s *Store) Passing(ctx context.Context, workspace string) (*analysis.Passing, error) {
	const op = "look up what passed"
	var p analysis.Passing
	var files []byte
	var at int64
	err := s.read.QueryRowContext(ctx, "SELECT code, files, time FROM passing WHERE workspace = ?", workspace).Scan(&p.Code, &files, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail(op, err)
	}
	p.Time = moment(at)
	if p.Files, err = unpackPassing(files); err != nil {
		return nil, s.fail(op, err)
	}
	return &p, nil
}

type rowsQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func groupsOf(ctx context.Context, q rowsQuerier, where string, args ...any) (all []analysis.FailureGroup, err error) {
	rows, err := q.QueryContext(ctx, `SELECT workspace, print, language, type, message, frames, first, last, count, flaky, code, vias FROM failures `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g analysis.FailureGroup
		var frames, vias []byte
		var first, last, flaky int64
		if err := rows.Scan(&g.Workspace, &g.Print, &g.Language, &g.Type, &g.Message, &frames, &first, &last, &g.Count, &flaky, &g.Code, &vias); err != nil {
			return nil, err
		}
		g.First, g.Last, g.Flaky = moment(first), moment(last), moment(flaky)
		var errs [2]error
		g.Frames, errs[0] = readList(frames, readFrame)
		g.Vias, errs[1] = readList(vias, (*listReader).str)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("failure %s: %w", g.Print, err)
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

func testsOf(ctx context.Context, q rowsQuerier, where string, args ...any) (all []analysis.FailedTest, err error) {
	rows, err := q.QueryContext(ctx, "SELECT test, package, name, command, count, last FROM failure_tests "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t analysis.FailedTest
		var last int64
		if err := rows.Scan(&t.Key, &t.Package, &t.Name, &t.Command, &t.Count, &last); err != nil {
			return nil, err
		}
		t.Last = moment(last)
		all = append(all, t)
	}
	return all, rows.Err()
}

func repairsOf(ctx context.Context, q rowsQuerier, where string, args ...any) (all []analysis.FailureRepair, err error) {
	rows, err := q.QueryContext(ctx, "SELECT repair, example, path, title, diff, same, refuted, time FROM failure_repairs "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r analysis.FailureRepair
		var at int64
		if err := rows.Scan(&r.Repair, &r.Example, &r.Path, &r.Title, &r.Diff, &r.Same, &r.Refuted, &at); err != nil {
			return nil, err
		}
		r.Time = moment(at)
		all = append(all, r)
	}
	return all, rows.Err()
}

func writeFrame(l *list, f analysis.Frame) {
	l.str(f.Function)
	l.str(f.Module)
	l.str(f.File)
	l.str(f.Path)
	l.num(f.Line)
	l.num(len(f.Locals))
	for _, v := range f.Locals {
		l.str(v.Name)
		l.str(v.Type)
		null := 0
		if v.Null {
			null = 1
		}
		l.num(null)
	}
}

// readFrame reads a call; those that are kept are all the user's own.
func readFrame(r *listReader) analysis.Frame {
	f := analysis.Frame{Function: r.str(), Module: r.str(), File: r.str(), Path: r.str(), Line: r.num(), InApp: true}
	for range r.len() {
		f.Locals = append(f.Locals, analysis.Local{Name: r.str(), Type: r.str(), Null: r.num() == 1})
	}
	return f
}

// packPassed writes which tests passed how often, in a fixed order.
func packPassed(passed map[uint32]int) []byte {
	var b []byte
	for i, test := range slices.Sorted(maps.Keys(passed)) {
		if i == maxPassedTests {
			break
		}
		b = binary.LittleEndian.AppendUint32(b, test)
		b = binary.LittleEndian.AppendUint16(b, uint16(min(passed[test], 1<<16-1)))
	}
	if b == nil {
		b = []byte{}
	}
	return b
}

func packPassing(files map[string][]uint32) []byte {
	return appendList(slices.Sorted(maps.Keys(files)), func(l *list, name string) {
		l.str(name)
		lines := files[name]
		b := make([]byte, 0, 4*len(lines))
		for _, n := range lines {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		l.str(string(b))
	})
}

func unpackPassing(b []byte) (map[string][]uint32, error) {
	files := map[string][]uint32{}
	_, err := readList(b, func(r *listReader) struct{} {
		name, packed := r.str(), r.str()
		lines := make([]uint32, 0, len(packed)/4)
		for ; len(packed) >= 4; packed = packed[4:] {
			lines = append(lines, uint32(packed[0])|uint32(packed[1])<<8|uint32(packed[2])<<16|uint32(packed[3])<<24)
		}
		files[name] = lines
		return struct{}{}
	})
	return files, err
}

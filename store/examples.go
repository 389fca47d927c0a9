package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// ExampleID computes what names an example: the digest, 32 hexadecimal digits
// of the SHA-256 over workspace, path, identity, the text before and the edits,
// and the id that people see, "e_" and 16 characters of base32.
func ExampleID(ex *analysis.Example) (digest, id string) {
	h := sha256.New()
	var n [8]byte
	num := func(v int) {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	str := func(s string) {
		num(len(s))
		h.Write([]byte(s))
	}
	str(ex.Provenance.Workspace)
	str(ex.Path)
	str(ex.Identity.Key())
	str(ex.Before)
	for _, e := range ex.Edits {
		num(e.Span.Start)
		num(e.Span.End)
		str(e.New)
	}
	sum := h.Sum(nil)
	enc := base32.StdEncoding.WithPadding(base32.NoPadding)
	return hex.EncodeToString(sum[:16]), "e_" + strings.ToLower(enc.EncodeToString(sum[:10]))
}

// Reclass gives an example another class, which says whether it is learned from.
// The error is ErrNotFound when there is no such example.
func (s *Store) Reclass(ctx context.Context, id string, class analysis.EditClass) error {
	return s.update(ctx, "classify an example", func(tx *writing) error {
		var rule string
		if err := tx.QueryRowContext(ctx, "SELECT rule_key FROM examples WHERE id = ?", id).Scan(&rule); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return ErrNotFound
			}
			return err
		}
		tx.touch(rule)
		_, err := tx.exec("UPDATE examples SET class = ? WHERE id = ?", string(class), id)
		return err
	})
}

// AddExamples stores examples in one transaction: all of them, or none when
// there is an error. Examples that are already there are left as they are and
// not counted. ID and Digest are computed, whatever they were, an empty Repair
// becomes one of the example's own and a zero time now; all are set in exs too. Examples that one edit cured
// have to come with the same Repair.
func (s *Store) AddExamples(ctx context.Context, exs []analysis.Example) (added int, err error) {
	now := s.clock()
	for i := range exs {
		ex := &exs[i]
		ex.Digest, ex.ID = ExampleID(ex)
		if ex.Repair == "" {
			ex.Repair = "r_" + strings.TrimPrefix(ex.ID, "e_")
		}
		if ex.Provenance.Time.IsZero() {
			ex.Provenance.Time = now
		}
	}
	err = s.update(ctx, "add examples", func(tx *writing) error {
		added = 0
		ins, err := tx.PrepareContext(ctx, insertExample)
		if err != nil {
			return err
		}
		defer ins.Close()
		find, err := tx.PrepareContext(ctx, "SELECT n FROM identities WHERE key = ?")
		if err != nil {
			return err
		}
		defer find.Close()
		identities := map[string]int64{}
		for i := range exs {
			ex := &exs[i]
			key := ex.Identity.Key()
			n, ok := identities[key]
			if !ok {
				if n, err = tx.identity(find, key, ex.Identity); err != nil {
					return err
				}
				identities[key] = n
			}
			res, err := ins.ExecContext(ctx, exampleArgs(ex, n, now)...)
			if err != nil {
				return err
			}
			if k, err := res.RowsAffected(); err != nil {
				return err
			} else if k > 0 {
				added++
				tx.touch(ex.Identity.RuleKey())
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// identity is the number of an identity's row, which find looks up.
func (w *writing) identity(find *sql.Stmt, key string, id analysis.Identity) (n int64, err error) {
	if err = find.QueryRowContext(w.ctx, key).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	row := w.QueryRowContext(w.ctx, `
		INSERT INTO identities (key, rule_key, language, rule, template) VALUES (?, ?, ?, ?, ?) RETURNING n`,
		key, id.RuleKey(), id.Language, id.Rule, id.Template)
	err = row.Scan(&n)
	return n, err
}

const insertExample = `
INSERT INTO examples (id, digest, repair, support, rule_key, identity, workspace, path, language,
  source, code, message, severity, span_start, span_end, flags, before, edits, shape, class, fix_type,
  context, symptoms, steps, context_before, context_after, origin, tool, version, git_commit, time, stored)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING`

const selectExamples = `
SELECT e.n, e.id, e.digest, e.repair, e.support, i.language, i.rule, i.template, e.workspace, e.path, e.language,
  e.source, e.code, e.message, e.severity, e.span_start, e.span_end, e.flags, e.before, e.edits, e.shape, e.class, e.fix_type,
  e.context, e.symptoms, e.steps, e.context_before, e.context_after, e.origin, e.tool, e.version, e.git_commit, e.time
FROM examples e JOIN identities i ON i.n = e.identity`

// The flags of a diagnostic, as bits of a column.
const (
	flagNoSpan = 1 << iota
	flagUnnecessary
	flagDeprecated
)

// How the elements of each list are written and read.
func writeEdit(l *list, e analysis.Edit) { l.num(e.Span.Start); l.num(e.Span.End); l.str(e.New) }

func readEdit(r *listReader) analysis.Edit {
	return analysis.Edit{Span: analysis.Span{Start: r.num(), End: r.num()}, New: r.str()}
}

func writeToken(l *list, t analysis.ShapeToken) { l.str(t.Text); l.str(string(t.Class)) }

func readToken(r *listReader) analysis.ShapeToken {
	return analysis.ShapeToken{Text: r.str(), Class: analysis.TokenClass(r.str())}
}

func writeStep(l *list, st analysis.Step) { l.str(st.Action); l.str(st.Details) }

func readStep(r *listReader) analysis.Step {
	return analysis.Step{Action: r.str(), Details: r.str()}
}

func exampleArgs(ex *analysis.Example, identity int64, now time.Time) []any {
	var flags int
	d := &ex.Diagnostic
	for bit, set := range map[int]bool{flagNoSpan: d.NoSpan, flagUnnecessary: d.Unnecessary, flagDeprecated: d.Deprecated} {
		if set {
			flags |= bit
		}
	}
	p := &ex.Provenance
	return []any{
		ex.ID, ex.Digest, ex.Repair, ex.Support, ex.Identity.RuleKey(), identity, p.Workspace, ex.Path, ex.Language,
		d.Source, d.Code, d.Message, int(d.Severity), d.Span.Start, d.Span.End, flags, ex.Before, appendList(ex.Edits, writeEdit), appendList(ex.Shape, writeToken),
		string(ex.Class), string(ex.FixType), ex.Context,
		appendList(ex.Symptoms, (*list).str), appendList(ex.Steps, writeStep), ex.ContextBefore, ex.ContextAfter,
		string(p.Origin), p.Tool, p.Version, p.Commit, stamp(p.Time), stamp(now),
	}
}

type scanner interface{ Scan(...any) error }

// scanExample reads a row of selectExamples.
func scanExample(row scanner) (n int64, ex analysis.Example, err error) {
	var (
		flags                         int
		t                             int64
		edits, shape, symptoms, steps sql.RawBytes
	)
	d, p, id := &ex.Diagnostic, &ex.Provenance, &ex.Identity
	err = row.Scan(&n, &ex.ID, &ex.Digest, &ex.Repair, &ex.Support, &id.Language, &id.Rule, &id.Template, &p.Workspace, &ex.Path, &ex.Language,
		&d.Source, &d.Code, &d.Message, &d.Severity, &d.Span.Start, &d.Span.End, &flags, &ex.Before, &edits, &shape, &ex.Class, &ex.FixType,
		&ex.Context, &symptoms, &steps, &ex.ContextBefore, &ex.ContextAfter, &p.Origin, &p.Tool, &p.Version, &p.Commit, &t)
	if err != nil {
		return 0, ex, err
	}
	p.Time = moment(t)
	d.NoSpan = flags&flagNoSpan != 0
	d.Unnecessary = flags&flagUnnecessary != 0
	d.Deprecated = flags&flagDeprecated != 0

	var errs [4]error
	ex.Edits, errs[0] = readList(edits, readEdit)
	ex.Shape, errs[1] = readList(shape, readToken)
	ex.Symptoms, errs[2] = readList(symptoms, (*listReader).str)
	ex.Steps, errs[3] = readList(steps, readStep)
	if err := errors.Join(errs[:]...); err != nil {
		return 0, ex, fmt.Errorf("example %s: %w", ex.ID, err)
	}
	return n, ex, nil
}

// collect reads all rows of a selectExamples, and the number of the last one.
func collect(rows *sql.Rows) (exs []analysis.Example, last int64, err error) {
	defer rows.Close()
	for rows.Next() {
		n, ex, err := scanExample(rows)
		if err != nil {
			return nil, 0, err
		}
		exs = append(exs, ex)
		last = n
	}
	return exs, last, rows.Err()
}

// byRank is the order in which examples are learned from (LEARNING.md 4): what a
// person did is never pushed out by what was read, made or imported since. It is
// that of the index examples_rule.
const byRank = "CASE e.origin WHEN 'history' THEN 1 WHEN 'self' THEN 2 WHEN 'import' THEN 3 ELSE 0 END, e.time DESC, e.n DESC"

// counting holds the examples that count in some workspaces, a JSON list of them:
// those that no person made stay in their own.
const counting = "(e.origin NOT IN ('history', 'self', 'import') OR e.workspace IN (SELECT value FROM json_each(?)))"

// jsonList is a list as a query takes it (json_each).
func jsonList(list []string) string {
	b, err := json.Marshal(append([]string{}, list...))
	if err != nil { // a list of strings always can be
		return "[]"
	}
	return string(b)
}

// ExamplesByRule gives the examples of a rule (analysis.Identity.RuleKey), a
// person's own repairs first, then those from history, from breaking code and
// imported ones, the newest of each first, limit of them at most. Those that no
// person made stay in their workspace (ARCHITECTURE.md, "Data at rest"): they are
// given of the named workspaces alone.
func (s *Store) ExamplesByRule(ctx context.Context, ruleKey string, workspaces []string, limit int) ([]analysis.Example, error) {
	rows, err := s.byRule.QueryContext(ctx, ruleKey, jsonList(workspaces), limit)
	if err != nil {
		return nil, s.fail("look up a rule", err)
	}
	exs, _, err := collect(rows)
	return exs, s.fail("look up a rule", err)
}

// Example gives one example, or ErrNotFound.
func (s *Store) Example(ctx context.Context, id string) (analysis.Example, error) {
	rows, err := s.read.QueryContext(ctx, selectExamples+" WHERE e.id = ?", id)
	if err != nil {
		return analysis.Example{}, s.fail("look up an example", err)
	}
	exs, _, err := collect(rows)
	if err == nil && len(exs) == 0 {
		err = fmt.Errorf("example %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return analysis.Example{}, s.fail("look up an example", err)
	}
	return exs[0], nil
}

// Repair gives the examples of one repair, in the order they were stored.
func (s *Store) Repair(ctx context.Context, repair string) ([]analysis.Example, error) {
	rows, err := s.read.QueryContext(ctx, selectExamples+" WHERE e.repair = ? ORDER BY e.n", repair)
	if err != nil {
		return nil, s.fail("look up a repair", err)
	}
	exs, _, err := collect(rows)
	return exs, s.fail("look up a repair", err)
}

// batch is how many examples an iteration reads in one transaction: some
// hundred kilobytes, some milliseconds.
const batch = 200

// Examples walks over all examples in the order they were stored. It holds no
// transaction between batches: what is added or deleted meanwhile may or may
// not be seen. An error ends the walk.
func (s *Store) Examples(ctx context.Context) iter.Seq2[analysis.Example, error] {
	return func(yield func(analysis.Example, error) bool) {
		var last int64
		for {
			rows, err := s.read.QueryContext(ctx, selectExamples+" WHERE e.n > ? ORDER BY e.n LIMIT ?", last, batch)
			var exs []analysis.Example
			if err == nil {
				exs, last, err = collect(rows)
			}
			if err != nil {
				yield(analysis.Example{}, s.fail("read examples", err))
				return
			}
			for _, ex := range exs {
				if !yield(ex, nil) {
					return
				}
			}
			if len(exs) < batch {
				return
			}
		}
	}
}

// Count is the number of examples.
func (s *Store) Count(ctx context.Context) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM examples").Scan(&n)
	return n, s.fail("count examples", err)
}

// A Rule is what is known under one rule key.
type Rule struct {
	Key      string
	Language string // family
	Rule     string
	Examples int
	Last     time.Time // of the newest repair
}

// Rules lists every rule with an example, by language and rule.
func (s *Store) Rules(ctx context.Context) ([]Rule, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT f.rule_key, i.language, i.rule, f.count, f.last
		FROM (SELECT rule_key, count(*) AS count, max(time) AS last FROM examples GROUP BY rule_key) f
		JOIN identities i ON i.n = (SELECT n FROM identities WHERE rule_key = f.rule_key LIMIT 1)
		ORDER BY i.language, i.rule`)
	if err != nil {
		return nil, s.fail("list rules", err)
	}
	defer rows.Close()
	var rules []Rule
	for rows.Next() {
		var r Rule
		var last int64
		if err := rows.Scan(&r.Key, &r.Language, &r.Rule, &r.Examples, &last); err != nil {
			return nil, s.fail("list rules", err)
		}
		r.Last = moment(last)
		rules = append(rules, r)
	}
	return rules, s.fail("list rules", rows.Err())
}

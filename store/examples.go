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
	"unicode/utf8"

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

// AddExamples stores examples in one transaction: all of them, or none when
// there is an error. Examples that are already there are left as they are and
// not counted. Where ID and Digest are empty they are computed, where Repair is
// empty the examples of the call that lack one share a new one, where the time
// is zero it is now; all are set in exs too.
func (s *Store) AddExamples(ctx context.Context, exs []analysis.Example) (added int, err error) {
	now := s.clock()
	repair := ""
	for i := range exs {
		ex := &exs[i]
		if ex.ID == "" || ex.Digest == "" {
			ex.Digest, ex.ID = ExampleID(ex)
		}
		if ex.Repair == "" {
			if repair == "" {
				repair = "r_" + strings.TrimPrefix(ex.ID, "e_")
			}
			ex.Repair = repair
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
		identities := map[string]int64{}
		for i := range exs {
			ex := &exs[i]
			key := ex.Identity.Key()
			n, ok := identities[key]
			if !ok {
				if n, err = tx.identity(key, ex.Identity); err != nil {
					return err
				}
				identities[key] = n
			}
			args, err := exampleArgs(ex, n, now)
			if err != nil {
				return err
			}
			res, err := ins.ExecContext(ctx, args...)
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

// identity is the number of an identity's row.
func (w *writing) identity(key string, id analysis.Identity) (n int64, err error) {
	row := w.QueryRowContext(w.ctx, "SELECT n FROM identities WHERE key = ?", key)
	if err = row.Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	row = w.QueryRowContext(w.ctx, `
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

// The JSON of lists.
type (
	jsonEdit struct {
		Start int    `json:"start"`
		End   int    `json:"end"`
		New   string `json:"new"`
	}
	jsonToken struct {
		Text  string `json:"text"`
		Class string `json:"class"`
	}
	jsonStep struct {
		Action  string `json:"action"`
		Details string `json:"details"`
	}
)

func exampleArgs(ex *analysis.Example, identity int64, now time.Time) ([]any, error) {
	var flags int
	d := &ex.Diagnostic
	for bit, set := range map[int]bool{flagNoSpan: d.NoSpan, flagUnnecessary: d.Unnecessary, flagDeprecated: d.Deprecated} {
		if set {
			flags |= bit
		}
	}
	edits := make([]jsonEdit, len(ex.Edits))
	for i, e := range ex.Edits {
		edits[i] = jsonEdit{e.Span.Start, e.Span.End, e.New}
	}
	shape := make([]jsonToken, len(ex.Shape))
	for i, t := range ex.Shape {
		shape[i] = jsonToken{t.Text, string(t.Class)}
	}
	steps := make([]jsonStep, len(ex.Steps))
	for i, st := range ex.Steps {
		steps[i] = jsonStep(st)
	}
	lists := [4]string{}
	for i, l := range []any{edits, shape, ex.Symptoms, steps} {
		b, err := json.Marshal(l)
		if err != nil {
			return nil, err
		}
		lists[i] = string(b)
	}
	p := &ex.Provenance
	args := []any{
		ex.ID, ex.Digest, ex.Repair, ex.Support, ex.Identity.RuleKey(), identity, p.Workspace, ex.Path, ex.Language,
		d.Source, d.Code, d.Message, int(d.Severity), d.Span.Start, d.Span.End, flags, ex.Before, lists[0], lists[1],
		string(ex.Class), string(ex.FixType), ex.Context, lists[2], lists[3], ex.ContextBefore, ex.ContextAfter,
		string(p.Origin), p.Tool, p.Version, p.Commit, stamp(p.Time), stamp(now),
	}
	// JSON would replace what is not UTF-8, and the example would be another
	// one when it comes back.
	if err := checkText(ex); err != nil {
		return nil, err
	}
	return args, nil
}

// checkText reports text that a list could not keep exactly.
func checkText(ex *analysis.Example) error {
	ok := utf8.ValidString(ex.Before)
	for _, e := range ex.Edits {
		ok = ok && utf8.ValidString(e.New)
	}
	for _, t := range ex.Shape {
		ok = ok && utf8.ValidString(t.Text)
	}
	for _, t := range ex.Symptoms {
		ok = ok && utf8.ValidString(t)
	}
	for _, st := range ex.Steps {
		ok = ok && utf8.ValidString(st.Action) && utf8.ValidString(st.Details)
	}
	if !ok {
		return fmt.Errorf("%w: %s: convert the file to UTF-8 to learn from it", ErrNotText, ex.Path)
	}
	return nil
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

	var je []jsonEdit
	var jt []jsonToken
	var js []jsonStep
	for _, l := range []struct {
		text sql.RawBytes
		to   any
	}{{edits, &je}, {shape, &jt}, {symptoms, &ex.Symptoms}, {steps, &js}} {
		if string(l.text) == "[]" || string(l.text) == "null" {
			continue
		}
		if err := json.Unmarshal(l.text, l.to); err != nil {
			return 0, ex, fmt.Errorf("example %s: %w: %w", ex.ID, ErrCorrupt, err)
		}
	}
	if je != nil {
		ex.Edits = make([]analysis.Edit, len(je))
		for i, e := range je {
			ex.Edits[i] = analysis.Edit{Span: analysis.Span{Start: e.Start, End: e.End}, New: e.New}
		}
	}
	if jt != nil {
		ex.Shape = make([]analysis.ShapeToken, len(jt))
		for i, t := range jt {
			ex.Shape[i] = analysis.ShapeToken{Text: t.Text, Class: analysis.TokenClass(t.Class)}
		}
	}
	if js != nil {
		ex.Steps = make([]analysis.Step, len(js))
		for i, st := range js {
			ex.Steps[i] = analysis.Step(st)
		}
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

// ExamplesByRule gives the examples of a rule (analysis.Identity.RuleKey),
// newest repair first, limit of them at most.
func (s *Store) ExamplesByRule(ctx context.Context, ruleKey string, limit int) ([]analysis.Example, error) {
	rows, err := s.byRule.QueryContext(ctx, ruleKey, limit)
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
		WITH known AS (SELECT rule_key, min(language) AS language, min(rule) AS rule FROM identities GROUP BY rule_key),
		     found AS (SELECT rule_key, count(*) AS count, max(time) AS last FROM examples GROUP BY rule_key)
		SELECT found.rule_key, known.language, known.rule, found.count, found.last
		FROM found JOIN known USING (rule_key) ORDER BY known.language, known.rule`)
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

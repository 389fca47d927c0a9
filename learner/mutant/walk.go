package mutant

import (
	"context"
	"os"
	"time"
	"unicode/utf8"

	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/learner/history"
)

const (
	// mostText is the largest file that is broken: larger ones are generated.
	mostText = 256 << 10
	// mostOfKind is how many examples of one kind of breakage and one rule are
	// made: they differ less than what people do.
	mostOfKind = 12
)

// Options are what a walk needs.
type Options struct {
	Root    string   // the workspace, absolute
	Files   []string // absolute, the ones to begin with first
	Compile history.Checker
	Reads   func(language string) bool // nil: all
	Until   time.Time                  // the zero time: no end
	// Done says that a text of a file was broken before.
	Done func(path, text string) bool
	// Step is told after each file how many were looked at, of how many.
	Step func(done, total int)
	// Found takes what came of a file. What it returns ends the walk.
	Found func(path, text string, pairs []Pair) error
}

// A Pair is a breakage with what the checker says of it and the way back.
type Pair struct {
	history.Pair

	Kind Kind
}

// Counts are what a walk saw.
type Counts struct {
	Files, Left int
	Broken      int // texts that a checker was asked about
	Pairs       int
	By          map[Kind]int
	Blind       string // why nothing could be checked
}

// Walk breaks the files of a workspace, one place at a time, until all were
// looked at, its time is over, or ctx ends.
func Walk(ctx context.Context, o Options) (Counts, error) {
	counts := Counts{By: map[Kind]int{}}
	var todo []file
	for _, path := range o.Files {
		language := identity.LanguageOf(path)
		if !Reads(language) || o.Reads != nil && !o.Reads(language) {
			continue
		}
		todo = append(todo, file{path, language})
	}
	counts.Left = len(todo)
	if !o.Until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, o.Until)
		defer cancel()
	}
	f := &history.Finder{Root: o.Root, Laid: o.Root, Home: o.Root, Compile: o.Compile, Why: func(reason string) { counts.Blind = reason }}
	made := map[string]int{}
	for i, this := range todo {
		if ctx.Err() != nil {
			break
		}
		text, err := os.ReadFile(this.path)
		if err == nil && len(text) <= mostText && utf8.Valid(text) && (o.Done == nil || !o.Done(this.path, string(text))) {
			pairs, err := this.pairs(ctx, f, string(text), made, &counts)
			if ctx.Err() != nil {
				break // half of a file is none
			}
			if err != nil {
				return counts, err
			}
			counts.Pairs += len(pairs)
			if err := o.Found(this.path, string(text), pairs); err != nil {
				return counts, err
			}
		}
		counts.Files++
		counts.Left--
		if o.Step != nil {
			o.Step(i+1, len(todo))
		}
	}
	if counts.Pairs > 0 {
		counts.Blind = ""
	}
	return counts, nil
}

// A file is one that is broken.
type file struct{ path, language string }

// pairs breaks one file.
func (c file) pairs(ctx context.Context, f *history.Finder, text string, made map[string]int, counts *Counts) ([]Pair, error) {
	breaks, err := Breaks(ctx, c.language, text)
	if err != nil {
		return nil, err
	}
	var out []Pair
	f.Begin()
	for _, b := range breaks {
		if ctx.Err() != nil {
			break
		}
		counts.Broken++
		p := f.Putback(ctx, history.Change{File: c.path, Path: c.path, Language: c.language, After: text}, history.Hunk{Back: b.Edits})
		if p == nil || !p.Teaches {
			continue
		}
		id, _ := identity.Of(c.language, p.Target)
		if key := string(b.Kind) + id.RuleKey(); made[key] < mostOfKind {
			made[key]++
			counts.By[b.Kind]++
			out = append(out, Pair{*p, b.Kind})
		}
	}
	return out, ctx.Err()
}

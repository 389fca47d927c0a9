package replay

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/syntax"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/learner/pattern"
	"github.com/dejafix/dejafix/learner/rank"
)

// Options of an evaluation. The zero value learns from every row.
type Options struct {
	K       int // at most K training rows of each code of each source; 0 means all
	Workers int // 0 means one for each processor
	// Asked is told of every row and its answers; nil means that nobody is.
	// It is called by one goroutine at a time.
	Asked func(Row, []pattern.Proposal, []bool)
}

// Counts are the figures of PROTOCOL.md, "Fix pairs".
type Counts struct {
	Cases      int     `json:"cases"`
	Answered   int     `json:"answered"`
	Top1       int     `json:"top1"`
	Top3       int     `json:"top3"`
	Exact      int     `json:"exact"`
	Shown      int     `json:"shown"`
	ShownRight int     `json:"shown_right"`
	Noop       int     `json:"noop"`
	Verbatim   int     `json:"verbatim"`
	FormatOnly int     `json:"format_only"`
	NullRange  int     `json:"null_range"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Learn      float64 `json:"learn_ms"`
	Patterns   int     `json:"patterns"`
	// Value is what showing unasked gained and cost, by the costs of
	// learner/rank: a wrong repair counts as ignored, since nobody was there who
	// could have applied it. Silence is 0.
	Value float64 `json:"value"`
	// Calibration says of the best answer to each case, those included that
	// policy keeps back, what was said of its chance and how often it was right.
	Calibration [CalibrationBins]Bin `json:"calibration"`
	// ECE is the expected calibration error: how far the chance that was said is
	// from the share that was right, the mean over the answers of the distances
	// of their bins (Naeini, Cooper and Hauskrecht 2015).
	ECE float64 `json:"ece"`
	// Taught are the cases whose source and rule have a row to learn from. Of the
	// others there is nothing to say, and nothing may be shown.
	Taught Part `json:"taught"`

	asked []time.Duration
	learn time.Duration
}

// A Part is the figures of some of the cases.
type Part struct {
	Cases      int `json:"cases"`
	Top1       int `json:"top1"`
	Top3       int `json:"top3"`
	Shown      int `json:"shown"`
	ShownRight int `json:"shown_right"`
}

// CalibrationBins is how many bins of equal width the chances from 0 to 1 are
// put into. Ten are usual (Guo and others 2017 take 15 of 10,000 answers; we have
// a few thousand).
const CalibrationBins = 10

// A Bin is the answers whose chance was said to be in one tenth.
type Bin struct {
	From  float64 `json:"from"` // least chance
	N     int     `json:"n"`
	Said  float64 `json:"said"`  // mean chance; 0 when there are none
	Right int     `json:"right"` // answers that were the repair

	sum float64 // of the chances
}

// binOf is the number of the bin of a chance; 1 is in the last.
func binOf(chance float64) int {
	return min(max(int(chance*CalibrationBins), 0), CalibrationBins-1)
}

// A Result is the figures of all rows, of each source and of each language.
type Result struct {
	Counts
	K         int                `json:"k"` // Options.K
	Sources   map[string]*Counts `json:"sources"`
	Languages map[string]*Counts `json:"languages"`
}

// ruleOf is what rows are learned together by: the rule of the language
// family, as in the server.
func ruleOf(r *Row) string {
	id, _ := identity.Of(r.Language, r.Diagnostic())
	return id.RuleKey()
}

// Example makes of a row what is recorded of a repair; ok is false when there
// is nothing to learn. A pair says of itself that it is the repair: all of it
// is kept, and one that only deletes is a repair too.
func Example(ctx context.Context, r *Row) (ex analysis.Example, ok bool) {
	lang := syntax.Row(r.Language)
	var before *syntax.Tree
	if syntax.For(r.Language) != nil {
		var err error
		if before, err = syntax.Parse(ctx, lang, r.Before); err != nil {
			return ex, false
		}
		defer before.Close()
	}
	d := r.Diagnostic()
	ex = analysis.Example{
		ID: "e_" + r.ID, Language: r.Language, Diagnostic: d, Before: r.Before,
		Edits: textedit.Compute(r.Before, r.After),
	}
	ex.Identity, _ = identity.Of(r.Language, d)
	if ex.Class = pattern.ClassOf(lang, r.Before, ex.Edits, d); ex.Class == analysis.ClassDeletion {
		ex.Class = analysis.ClassRepair
	}
	ex.FixType = pattern.Classify(lang, r.Before, before, ex.Edits)
	ex.Shape = pattern.Shape(lang, r.Before, before, ex.Edits)
	return pattern.Reduce(before, ex), len(ex.Edits) > 0
}

type job struct {
	rule        string
	taken       map[string]int // training rows by source
	learn, test []Row
}

// Eval learns from train and asks for the repairs of test.
func Eval(ctx context.Context, train, test []Row, o Options) (Result, error) {
	byRule := map[string]*job{}
	var order []string
	get := func(r *Row) *job {
		rule := ruleOf(r)
		j := byRule[rule]
		if j == nil {
			j = &job{rule: rule, taken: map[string]int{}}
			byRule[rule] = j
			order = append(order, rule)
		}
		return j
	}
	for i := range train {
		j := get(&train[i])
		if j.taken[train[i].Source]++; o.K > 0 && j.taken[train[i].Source] > o.K {
			continue
		}
		j.learn = append(j.learn, train[i])
	}
	for i := range test {
		j := get(&test[i])
		j.test = append(j.test, test[i])
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	jobs := make(chan *job)
	var mu sync.Mutex
	var wg sync.WaitGroup
	res := Result{K: o.K, Sources: map[string]*Counts{}, Languages: map[string]*Counts{}}
	for range workers {
		wg.Go(func() {
			for j := range jobs {
				run(ctx, j, o, &mu, &res)
			}
		})
	}
	for _, rule := range order {
		if ctx.Err() != nil {
			break
		}
		if len(byRule[rule].test) > 0 {
			jobs <- byRule[rule]
		}
	}
	close(jobs)
	wg.Wait()
	for _, c := range res.Sources {
		c.finish()
		res.add(c)
	}
	for _, c := range res.Languages {
		c.finish()
	}
	res.finish()
	return res, ctx.Err()
}

// run learns one rule and asks for its rows.
func run(ctx context.Context, j *job, o Options, mu *sync.Mutex, res *Result) {
	start := time.Now()
	var examples []analysis.Example
	verbatim := map[[2]string]int{}
	for i := range slices.Backward(j.learn) { // the newest first
		if ex, ok := Example(ctx, &j.learn[i]); ok {
			examples = append(examples, ex)
			if len(ex.Edits) == 1 {
				e := ex.Edits[0]
				verbatim[[2]string{ex.Before[e.Span.Start:e.Span.End], e.New}]++
			}
		}
	}
	model := pattern.Learn(examples, pattern.Options{})
	learned := time.Since(start)
	sources, languages := map[string]*Counts{}, map[string]*Counts{}
	for i := range j.test {
		r := &j.test[i]
		c := ask(ctx, model, r, verbatim, o, mu)
		if ctx.Err() != nil {
			return
		}
		if j.taken[r.Source] > 0 {
			c.Taught = Part{c.Cases, c.Top1, c.Top3, c.Shown, c.ShownRight}
		}
		// What was learned is counted once for each of whom it was asked.
		first := Counts{Patterns: len(model.Patterns()), learn: learned}
		sum(sources, r.Source, &first, &c)
		sum(languages, r.Language, &first, &c)
	}
	mu.Lock()
	defer mu.Unlock()
	for name, c := range sources {
		sum(res.Sources, name, &Counts{}, c)
	}
	for name, c := range languages {
		sum(res.Languages, name, &Counts{}, c)
	}
}

// sum adds c to the counts of name, which begin with a copy of first.
func sum(to map[string]*Counts, name string, first, c *Counts) {
	if to[name] == nil {
		begin := *first
		to[name] = &begin
	}
	to[name].add(c)
}

// ask asks for the repair of one row and judges the answers: counts of one row.
func ask(ctx context.Context, model *pattern.Model, r *Row, verbatim map[[2]string]int, o Options, mu *sync.Mutex) (c Counts) {
	formatOnly := squeeze(r.Before) == squeeze(r.After)
	t := pattern.Target{Text: r.Before, Language: r.Language, Diagnostic: r.Diagnostic()}
	if lang := syntax.For(r.Language); lang != nil {
		tree, err := syntax.Parse(ctx, lang, r.Before)
		if err != nil {
			return c
		}
		defer tree.Close()
		t.Tree = tree
	}
	start := time.Now()
	answers := model.Propose(ctx, t)
	c.asked = append(c.asked, time.Since(start))
	exact := false
	right := make([]bool, len(answers))
	want := Tokens(ctx, r.Language, r.After)
	for i, a := range answers {
		if i >= 3 && o.Asked == nil {
			break
		}
		got, err := textedit.Apply(r.Before, a.Edits)
		if err != nil {
			continue
		}
		if got == r.After {
			right[i] = true
			exact = exact || i == 0
			continue
		}
		right[i] = slices.Equal(Tokens(ctx, r.Language, got), want)
	}
	if o.Asked != nil {
		mu.Lock()
		o.Asked(*r, answers, right)
		mu.Unlock()
	}
	switch {
	case formatOnly:
		c.FormatOnly++
		if exact {
			c.Exact++
		}
		return c
	case r.Range == nil:
		c.NullRange++
		return c
	}
	c.Cases++
	if len(answers) > 0 {
		c.Answered++
		if right[0] {
			c.Top1++
		}
		if slices.Contains(right[:min(3, len(right))], true) {
			c.Top3++
		}
		if exact {
			c.Exact++
		}
		b := &c.Calibration[binOf(answers[0].Score)]
		b.N, b.sum = b.N+1, b.sum+answers[0].Score
		if right[0] {
			b.Right++
		}
		if rank.Default.ShowUnasked(answers[0].Score, answers[0].Loses) {
			c.Shown++
			if right[0] {
				c.ShownRight++
			}
		}
	}
	if slices.Equal(Tokens(ctx, r.Language, r.Before), want) {
		c.Noop++
	}
	if replayed(r, t.Diagnostic.Span, verbatim) {
		c.Verbatim++
	}
	return c
}

// replayed reports whether the commonest edit that fits the text, made where
// it fits nearest to the error, is the repair.
func replayed(r *Row, at analysis.Span, verbatim map[[2]string]int) bool {
	type count struct {
		edit [2]string
		n    int
	}
	var list []count
	for e, n := range verbatim {
		list = append(list, count{e, n})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].n != list[j].n {
			return list[i].n > list[j].n
		}
		return list[i].edit[0]+list[i].edit[1] < list[j].edit[0]+list[j].edit[1]
	})
	for _, c := range list {
		best, dist := -1, 0
		if c.edit[0] == "" {
			best = at.Start
		}
		for i := 0; c.edit[0] != "" && i+len(c.edit[0]) <= len(r.Before); i++ {
			if r.Before[i:i+len(c.edit[0])] != c.edit[0] {
				continue
			}
			d := max(i-at.Start, at.Start-i)
			if best < 0 || d < dist {
				best, dist = i, d
			}
		}
		if best >= 0 {
			got := r.Before[:best] + c.edit[1] + r.Before[best+len(c.edit[0]):]
			return squeeze(got) == squeeze(r.After)
		}
	}
	return false
}

func (c *Counts) add(o *Counts) {
	c.Cases += o.Cases
	c.Answered += o.Answered
	c.Top1 += o.Top1
	c.Top3 += o.Top3
	c.Exact += o.Exact
	c.Shown += o.Shown
	c.ShownRight += o.ShownRight
	c.Noop += o.Noop
	c.Verbatim += o.Verbatim
	c.FormatOnly += o.FormatOnly
	c.NullRange += o.NullRange
	c.Patterns += o.Patterns
	c.Taught.Cases += o.Taught.Cases
	c.Taught.Top1 += o.Taught.Top1
	c.Taught.Top3 += o.Taught.Top3
	c.Taught.Shown += o.Taught.Shown
	c.Taught.ShownRight += o.Taught.ShownRight
	for i, b := range o.Calibration {
		to := &c.Calibration[i]
		to.N, to.Right, to.sum = to.N+b.N, to.Right+b.Right, to.sum+b.sum
	}
	c.asked = append(c.asked, o.asked...)
	c.learn += o.learn
}

// finish computes what is not a sum: the times, what showing was worth, and how
// far what was said is from what was right.
func (c *Counts) finish() {
	c.Value = rank.Gain*float64(c.ShownRight) - rank.CostIgnored*float64(c.Shown-c.ShownRight)
	n, distance := 0, 0.0
	for i := range c.Calibration {
		b := &c.Calibration[i]
		b.From = float64(i) / CalibrationBins
		if b.N == 0 {
			continue
		}
		b.Said = b.sum / float64(b.N)
		n += b.N
		distance += math.Abs(b.sum - float64(b.Right))
	}
	if n > 0 {
		c.ECE = distance / float64(n)
	}
	slices.Sort(c.asked)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	if n := len(c.asked); n > 0 {
		c.P50 = ms(c.asked[n/2])
		c.P99 = ms(c.asked[n*99/100])
	}
	c.Learn = ms(c.learn)
}

package main

import (
	"github.com/schollz/progressbar/v3"
)

// progress counts work done on the terminal; in a pipe and with --json it is
// silent.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress starts a bar of total steps, or of unknown length when total < 0.
func (a *app) newProgress(total int, what string) *progress {
	if a.json || !terminal(a.err) {
		return &progress{}
	}
	return &progress{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(a.err),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)}
}

// set says that n steps are done. Trouble with drawing is nobody's trouble.
func (p *progress) set(n int) {
	if p.bar != nil {
		_ = p.bar.Set(n)
	}
}

// step says that n of total steps are done.
func (p *progress) step(n, total int) {
	if p.bar != nil {
		p.bar.ChangeMax(total)
		_ = p.bar.Set(n)
	}
}

// done takes the bar off the screen.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

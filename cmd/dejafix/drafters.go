package main

import (
	"log/slog"
	"path/filepath"

	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/guard"
	"github.com/dejafix/dejafix/learner/index"
	"github.com/dejafix/dejafix/lsp/watch"
)

// drafters are those who make edits where nothing was learned, and what ends
// them. The index of a workspace lies beside the store.
func (a *app) drafters(log *slog.Logger) ([]learner.Drafter, func()) {
	o := index.Options{
		Logger: log, Whole: true, Ignored: watch.Ignored,
		Hidden: func(path, text string) bool { return watch.Hidden("file", path, "", text, nil) != "" },
	}
	if path, err := a.storeFile(); err == nil {
		o.Dir = indexDir(path)
	}
	x := index.Open(o)
	return []learner.Drafter{x, guard.New()}, func() {
		if err := x.Close(); err != nil {
			log.Error("closing the index", "err", err)
		}
	}
}

// indexDir is the folder in which the indexes of workspaces are kept, for a store.
func indexDir(store string) string { return filepath.Join(filepath.Dir(store), "index") }

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/dejafix/dejafix/store"
)

// storeFile is where the store lies: --store, else the user's data folder.
func (a *app) storeFile() (string, error) {
	if a.storePath != "" {
		return filepath.Abs(a.storePath)
	}
	return store.DefaultPath()
}

// openStore opens the store for writing, and makes it where there is none.
func (a *app) openStore(ctx context.Context) (*store.Store, error) {
	path, err := a.storeFile()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Path: path, Logger: a.logger(), Clock: a.clock})
}

// readStore opens the store for reading. It is nil without an error where the
// user's own store does not exist yet: nothing was learned. A file named with
// --store must exist.
func (a *app) readStore(ctx context.Context) (*store.Store, error) {
	path, err := a.storeFile()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && a.storePath == "" {
		return nil, nil
	}
	return store.Open(ctx, store.Options{Path: path, Logger: a.logger(), Clock: a.clock, ReadOnly: true})
}

// nothingLearned is the answer to a question about a store that does not exist.
func nothingLearned(id string) error {
	return problemf("repair an error in an editor that dejafix watches, or run `dejafix learn pairs FILE`",
		"nothing was learned yet, so there is no %s", id)
}

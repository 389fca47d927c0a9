package store

import (
	"context"
	"database/sql"
	"os"
)

// walBytes is the size of the -wal from which it is copied into the file: what
// SQLite does by itself, in the middle of whichever transaction passes it.
const walBytes = 4 << 20

// A checkpointer copies the -wal into the file beside the writer, which would
// else wait for the disk in one of some fifty transactions.
type checkpointer struct {
	db   *sql.DB
	wake chan struct{}
	end  context.CancelFunc
	done chan struct{}
}

func (s *Store) startCheckpointer() error {
	db, err := s.connect("rw", 1)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), end: end, done: make(chan struct{})}
	s.checkpoints = c
	go func() {
		defer close(c.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-c.wake:
			}
			if fi, err := os.Stat(s.path + "-wal"); err != nil || fi.Size() < walBytes {
				continue
			}
			// PASSIVE waits for nobody. What it leaves, because somebody reads or
			// writes, the next one takes.
			if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil && ctx.Err() == nil {
				s.log.Warn("the store's log could not be copied into its file", "err", err)
			}
		}
	}()
	return nil
}

// written says that a transaction was committed.
func (c *checkpointer) written() {
	select {
	case c.wake <- struct{}{}:
	default: // one is due already
	}
}

func (c *checkpointer) close() error {
	c.end()
	<-c.done
	return c.db.Close()
}

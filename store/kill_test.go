package store_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

// TestKillAtEachWrite looks at every state of the files that a kill can leave
// between two writes (storetest kills real processes, but cannot choose where).
// A transaction appends frames to the -wal and changes no other file: the
// states are the -wal cut after each write. A checkpoint writes the newest
// version of each page into the file while the -wal stays: the states are the
// file with the first of these pages.
func TestKillAtEachWrite(t *testing.T) {
	path := newPath(t)
	makeStore(t, path) // so that the -wal below holds the episodes alone
	s := openAt(t, store.Options{Path: path})
	wal := path + "-wal"
	size := func() int {
		fi, err := os.Stat(wal)
		if errors.Is(err, fs.ErrNotExist) {
			return 0
		}
		if err != nil {
			t.Fatal(err)
		}
		return int(fi.Size())
	}
	var finishedAt []int // size of the -wal when AddExamples returned
	for i := range killEpisodes {
		add(t, s, killEpisode(i)...)
		finishedAt = append(finishedAt, size())
	}
	file, log := read(t, path), read(t, wal)
	// The -wal is a header of 32 bytes, and frames of 24 bytes and a page
	// (sqlite.org/fileformat2.html#walformat).
	page := int(binary.BigEndian.Uint32(log[8:]))
	if (len(log)-32)%(24+page) != 0 || len(log) != finishedAt[killEpisodes-1] {
		t.Fatalf("a -wal of %d bytes, pages of %d", len(log), page)
	}

	cuts := []int{0, 32}
	newest := map[int][]byte{} // page number from 1 → content
	for at := 32; at < len(log); at += 24 + page {
		cuts = append(cuts, at+24, at+24+page)
		newest[int(binary.BigEndian.Uint32(log[at:]))] = log[at+24 : at+24+page]
	}
	for _, cut := range cuts {
		finished := 0
		for _, at := range finishedAt {
			if cut >= at {
				finished++
			}
		}
		checkKilled(t, file, log[:cut], finished)
	}
	for _, n := range slices.Sorted(maps.Keys(newest)) {
		if end := n * page; end > len(file) {
			file = append(file, make([]byte, end-len(file))...)
		}
		copy(file[(n-1)*page:], newest[n])
		checkKilled(t, file, log, killEpisodes)
	}
	t.Logf("%d states of a write, %d of a checkpoint", len(cuts), len(newest))
}

// killEpisodes is how many repairs TestKillAtEachWrite writes, some 15 pages
// each.
const killEpisodes = 2

func killEpisode(i int) []analysis.Example {
	return []analysis.Example{storetest.Sample(2*i+2, 10), storetest.Sample(2*i+3, 10)}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkKilled opens a store of these files: the finished episodes are there as
// a whole, the others not at all, and SQLite finds nothing wrong.
func checkKilled(t *testing.T, file, log []byte, finished int) {
	t.Helper()
	path := newPath(t)
	writeFile(t, path, string(file))
	writeFile(t, path+"-wal", string(log))
	s := openAt(t, store.Options{Path: path})
	for i := range killEpisodes {
		for _, ex := range killEpisode(i) {
			_, id := store.ExampleID(&ex)
			_, err := s.Example(t.Context(), id)
			if there := err == nil; there != (i < finished) || err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("-wal of %d bytes, %d episodes finished: an example of episode %d: %v", len(log), finished, i, err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := integrity(path); err != nil {
		t.Error(err)
	}
}

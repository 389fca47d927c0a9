// Package bug reports what cannot happen. In use a report is counted and
// logged and the program goes on; in tests it panics, so that a broken
// invariant is seen where it breaks (gopls util/bug).
package bug

import (
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// total is the one counter of the process: reports come from pure packages
// that have no Options to carry it.
var total atomic.Int64

var seen sync.Map // call site → struct{}: each is logged once

// Count is how many reports there were since the process started.
func Count() int64 { return total.Load() }

// Reportf says that an invariant is broken. It panics in tests; elsewhere it
// counts, and logs the first report of each call site.
func Reportf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if testing.Testing() {
		panic("bug: " + msg)
	}
	total.Add(1)
	_, file, line, _ := runtime.Caller(1)
	site := fmt.Sprintf("%s:%d", file, line)
	if _, dup := seen.LoadOrStore(site, struct{}{}); !dup {
		slog.Error("bug: please report this", "what", msg, "at", site)
	}
}

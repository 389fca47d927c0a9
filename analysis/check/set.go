package check

import (
	"log/slog"
	"runtime"
	"time"
)

// Options are what a Set needs from outside. The zero value works.
type Options struct {
	// Rows are the checkers; nil means Rows().
	Rows   []Row
	Logger *slog.Logger
	Clock  func() time.Time
	// MaxRuns is how many checks run at once; 0 means one for each core.
	MaxRuns int
	// MemoryLimit is how much one child may hold, with all that it starts, in
	// bytes.
	MemoryLimit int64
	// Timeout is how long one child may run.
	Timeout time.Duration
	// CacheSize is how many verdicts, and how many baselines, are kept.
	CacheSize int
	// Servers permits private servers, MaxServers of them (0 means one).
	Servers    bool
	MaxServers int
}

// filled returns o with its defaults.
func (o Options) filled() Options {
	if o.Rows == nil {
		o.Rows = Rows()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MaxRuns == 0 {
		o.MaxRuns = runtime.NumCPU()
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemory
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.CacheSize == 0 {
		o.CacheSize = 512 // some kilobytes each
	}
	if o.MaxServers == 0 {
		o.MaxServers = 1
	}
	return o
}

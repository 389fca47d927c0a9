package watch

import (
	"context"
	"time"
)

// ParentInterval is how often Parent looks: as often as vscode-languageserver
// does.
const ParentInterval = 3 * time.Second

// Parent returns when the process pid is no more, or with ctx's error. A
// process that is not there at the start is not waited for, and gives false: a
// client in another container or on another machine names one we cannot see.
func Parent(ctx context.Context, pid int, every time.Duration) (gone bool) {
	if pid <= 0 || !Alive(pid) {
		return false
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
			if !Alive(pid) {
				return true
			}
		}
	}
}

package check

import (
	"io/fs"
	"syscall"
)

// changed is when a file was changed last in any way, in nanoseconds: its time
// of modification can be set back.
func changed(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano()
	}
	return 0
}

//go:build unix

package main

import (
	"os"
	"syscall"
)

// links is how many names a file has.
func links(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Nlink) // of another type elsewhere
	}
	return 1
}

// own gives f the owner that another file has.
func own(f *os.File, info os.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	have, err := f.Stat()
	if err != nil {
		return err
	}
	if h, ok := have.Sys().(*syscall.Stat_t); ok && h.Uid == st.Uid && h.Gid == st.Gid {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}

//go:build !linux

package proxy

import "io"

// splice does nothing here: what is long is copied.
func splice(io.Writer, io.Reader, int64) (passed int64, reading, writing error) { return 0, nil, nil }

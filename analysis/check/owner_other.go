//go:build !unix

package check

import "io/fs"

// ownedByUs: who a file belongs to is not looked at on this system.
func ownedByUs(fs.FileInfo) bool { return true }

// Package watch looks at the workspace on disk: where HEAD of its repository
// is, which files are none of our business, and which process started us.
//
// It never runs git, whose configuration may name commands, and never watches
// by itself: the session asks when something happened. It holds what it saw
// last and nothing else; each value belongs to one goroutine.
package watch

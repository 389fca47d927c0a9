// Package watch looks at the workspace on disk: where HEAD of its repository
// is, which files are none of our business, which reports test runners left, what
// ran outside of the editor under `dejafix run`, and which process started us.
//
// It never runs git, whose configuration may name commands, and never watches
// by itself: the server asks, when something happened or from time to time. It
// holds what it saw last and nothing else; each value belongs to one goroutine.
// Runs (ran.go) are all that it writes: beside the store, without paths of the
// person's and without what looks like a secret.
package watch

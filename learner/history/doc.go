// Package history finds repairs in the history of a repository: errors that its
// commits give for nothing, each with the edit that cured it, each checked.
//
// A commit that builds is laid out in a folder of ours, and what it changed is
// put back: one hunk of it, then all of it. Where the workspace's own checker
// then reports an error that was not there, what the commit did is the error's
// repair (LEARNING.md 4). It is made as small as it gets while the checker still
// has nothing to say.
//
// The package only reads the repository, and by plumbing alone: objects are
// streamed out of one `git cat-file`, so that no file, index, stash, reference,
// worktree or lock of it is ever touched, no hook or filter of it runs and
// nothing is fetched. Whatever moment the process is killed at, what may be left
// is a temporary folder, which the next run takes away.
//
// It keeps nothing and learns nothing: who calls it stores the pairs, and says
// which commits were looked at before.
package history

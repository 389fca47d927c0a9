// Package check runs the workspace's own checkers over unsaved text and judges
// an edit by them: the edit is applied to a copy, and it is checked when the
// error is gone and nothing new is there (Set.Judge).
//
// A checker is a row of a table (Rows): the languages it reads, how to see
// that a workspace has it, and a Checker. Rows know their tool and nothing of
// verdicts; Set knows verdicts and nothing of tools. Every process is started
// by Runner, which bounds it in time, memory, output and number, takes
// credentials out of its environment, and ends it with all that it started.
//
// There are three answers. Unknown is one of them, and says in words for a
// person what is missing: a run that was cut short, a tool that is not
// installed or a file that no checker reads is never taken for an answer.
//
// Checkers execute code of the workspace. Nothing here runs for a workspace
// that is not trusted, and the caller says whether it is.
//
// The package owns the caches of verdicts and baselines and the private servers
// of its rows; Close ends them. It keeps nothing on disk, never changes a file
// of the workspace, and knows nothing of suggestions or patterns.
package check

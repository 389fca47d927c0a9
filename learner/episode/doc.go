// Package episode pairs an error with the edit that cured it. It watches the
// texts of documents, what tools say of them, and what becomes of suggestions,
// and tells when an episode closed: a settled error, the text before, the
// stable text after, who made the edit, and which other errors the same edit
// cured.
//
// It is a pure state machine: a Machine has one owner, does nothing by itself,
// reads no clock and no file. Time comes with the events and with Tick. All
// that it remembers is bounded by Options.
//
// When an error counts as gone, what is not a repair, and what becomes of a
// suggestion are PROTOCOL.md's rules ("When an error is gone", "Seen and
// ignored"); each is named where it is applied. The package does not generalise
// edits, does not know syntax, and never drops hunks of an edit: a Closed has
// the whole texts, and learner/pattern finds what belongs to the error.
package episode

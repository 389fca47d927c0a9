// Package failure remembers what failed when it was run: tests and programs. It
// groups failures by the fingerprint of analysis/trace, counts one that is seen
// in several places once, finds the tests that fail and pass with the same code,
// and says of a failure what is known of it.
//
// It is the memory of the paper "Production Learning Pipeline", section 2.2
// (failure_patterns), with two differences: the key is the fingerprint and not
// the whole call chain, which is almost never the same twice, and a failure that
// comes and goes without a change teaches nothing.
//
// The package computes and keeps nothing: what is known comes in as
// analysis.RunPast, what is to be kept goes out as analysis.RunNote, and the
// clock comes with the events. It reads no file. What goes out holds no value of
// a variable and no text that was printed, but for the message with what varies
// taken out.
package failure

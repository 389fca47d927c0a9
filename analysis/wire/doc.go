// Package wire is the one versioned JSON of dejafix: what `--json` prints, what
// `patterns export` writes and `patterns import` reads, and what packs and a
// backend exchange. It holds no state and touches no file.
//
// Each value is one JSON object with the members "version" and "kind"; in a
// file, one object stands on each line. Keys are snake_case and are a contract:
// a key may be added, none changes its meaning without a new version. Times are
// RFC 3339 in UTC. Spans are byte offsets, half open, into the text that the
// value itself carries ("before" of an example) unless said otherwise.
//
// Reading follows the house rule for foreign text: what can be understood is
// returned, with the doubts. A member that this version does not know is left
// out and becomes a doubt; a value that would be unsafe to use (spans outside of
// their text, a size over the limits, a newer version) is an error.
package wire

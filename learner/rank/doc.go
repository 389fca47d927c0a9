// Package rank turns what is known of a proposed repair into a probability
// that it is the right one, and decides what is shown. It is pure: it keeps no
// state and reads no clock.
package rank

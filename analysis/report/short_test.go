//go:build !long

package report

// Sizes of hostile output, in bytes: of what is cheap to read, and of what is not.
// Those of `make test-long` are four times these. The first is more than may be
// held.
const big, many = 12 << 20, 1 << 20

//go:build long

package report

// Sizes of hostile output, in bytes: of what is cheap to read, and of what is not.
const big, many = 50 << 20, 4 << 20

// Package nvim drives a real headless Neovim as a person would: it opens
// files, types, looks at what the language servers report, asks for code
// actions and picks one. The end-to-end tests and `make demo` stand on it.
//
// It knows nothing of learning; what it calls is Neovim's own interface and,
// for waiting, the request dejafix/idle. An Editor owns its process and must be
// closed. Nothing here sleeps: every wait is for a condition, with a deadline.
package nvim

// Package redact makes text that may be kept or leave the machine: log files, a
// doctor's bundle, whatever is sent. Secrets, names of people's folders and
// addresses are replaced by ‹kind›. Text has a private field and is made only
// here, so that a function that takes a Text cannot be given raw output.
//
// It looks at form alone and cannot know every secret. Where form is in doubt
// it takes out too much: what it guards is for reading, not for running. It
// keeps no state and never fails.
package redact

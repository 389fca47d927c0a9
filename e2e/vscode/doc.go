// Package vscode tests the VS Code extension in a real VS Code: code-server, in
// a real browser, on a real TypeScript project, by keyboard. The scripts beside
// it drive the browser and print a line for each check; the test starts them and
// reads the lines. One part of one session is in `make test`; with the build tag
// editors all are (`make test-editors`).
package vscode

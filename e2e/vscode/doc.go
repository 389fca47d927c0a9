// Package vscode tests the VS Code extension in a real VS Code: code-server, in
// a real browser, on a real TypeScript project, by keyboard. The scripts beside
// it drive the browser and print a line for each check; the test starts them and
// reads the lines. It needs `scripts/tools.sh editors`, whose VS Code takes minutes
// to install, so it has the build tag editors: `make test-editors`.
package vscode

// Package mutant breaks correct code in small typed ways, as people do: an import
// forgotten, a conversion, an argument, an await, a check for nothing left out, a
// name misspelt. What the workspace's own checker then says is a real error, and
// the way back its repair (break-it-fix-it, LEARNING.md 4; Yasunaga and Liang
// 2021).
//
// It reads files and changes none: a checker sees what is broken as unsaved text.
// What it teaches ranks below all that a person did.
package mutant

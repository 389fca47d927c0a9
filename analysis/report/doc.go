// Package report reads what tools print and gives the values of analysis: so
// far compilers and linters, in the forms that people and programs read
// (Parse). Which form it is shows in the text; no tool is named beforehand.
//
// It is a reader of foreign text: it never fails. What was understood comes
// back, with how much was not, and whether the tool itself said that it left
// something out. It runs nothing, opens no file, and keeps no state.
package report

package lsp

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// Settings are all that a person can set. They come from, in this order:
// defaults; the client (initializationOptions, then
// workspace/didChangeConfiguration or workspace/configuration); and, for the
// files below it, dejafix.toml at a workspace's root, which may only narrow.
//
// Each field is one setting: its json tag is its name everywhere, scope says
// who may set it, doc is the sentence of the README, of VS Code's package.json
// and of the Lua types, all of which are generated from here (SettingRows).
//
// Scope "user" is the user's alone: a file that comes with somebody's
// repository must not switch it. Scope "narrow" may also stand in
// dejafix.toml, where it can only take away.
type Settings struct {
	Enable         bool              `json:"enable" scope:"narrow" doc:"Learn from repairs and offer them. A workspace may switch it off for itself."`
	Learn          bool              `json:"learn" scope:"narrow" doc:"Learn new repairs. When off, what was learned before is still offered."`
	OfferHistory   bool              `json:"offerHistory" scope:"narrow" doc:"Ask once, in a trusted repository, whether to learn from its history. When off, nobody is asked; dejafix learn git does it all the same."`
	Hover          bool              `json:"hover" scope:"narrow" doc:"Show learned repairs in hovers, where the editor merges the hovers of several servers."`
	MinProbability float64           `json:"minProbability" scope:"narrow" min:"0" max:"1" doc:"The least probability, from 0 to 1, of a repair that is offered unasked; 0 means the built-in policy. Below 0.57, what no checker confirmed stays silent all the same: it may cost more than it helps. A workspace may only raise it."`
	Exclude        []string          `json:"exclude" scope:"narrow" doc:"Files that are never looked at, as patterns of .gitignore. A workspace may only add to them."`
	Reports        []string          `json:"reports" scope:"user" doc:"Files in which test runners leave their results, beside the usual places, as patterns below a workspace's folder: out/*.xml. JUnit's XML, go test -json and jest --json are read, when a file changes."`
	Trusted        bool              `json:"trusted" scope:"user" doc:"Let commands that belong to the workspace, such as its checkers, run. Nothing runs without it."`
	PrivateServers bool              `json:"privateServers" scope:"user" doc:"In a trusted workspace, keep the checker of Go, TypeScript or Python running between checks, in a process of its own: one at a time, with a bound on its memory, ended after five idle minutes. Off, those of TypeScript and Python start anew for each check, which takes seconds, and Go is checked in the server."`
	Tools          map[string]string `json:"tools" scope:"user" doc:"Checkers for workspaces that have none of their own, by absolute path: the programs node, python, ruff, pyright-langserver and basedpyright-langserver, the folders of the packages typescript and eslint."`
}

// DefaultSettings are the settings of who sets nothing.
func DefaultSettings() Settings {
	return Settings{Enable: true, Learn: true, OfferHistory: true, Hover: true, Exclude: []string{}, Reports: []string{}, PrivateServers: true, Tools: map[string]string{}}
}

// reserved are settings that are the user's alone and come with later versions.
// A workspace that names one gets the reason rather than "unknown".
var reserved = []string{"telemetry", "endpoint", "endpoints", "store", "commands", "trusted", "privateServers", "tools", "reports"}

// toolNames are the keys of the setting "tools".
var toolNames = []string{"basedpyright-langserver", "eslint", "node", "pyright-langserver", "python", "ruff", "typescript"}

// A SettingRow describes one setting, for whatever is generated.
type SettingRow struct {
	Name    string
	Type    string // boolean, number, string[], table<string, string>
	Default any
	Scope   string // user, narrow
	Min     string // "" for none
	Max     string
	Doc     string
}

// SettingRows describes every setting in the order of Settings.
func SettingRows() []SettingRow {
	defaults := reflect.ValueOf(DefaultSettings())
	t := defaults.Type()
	rows := make([]SettingRow, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		row := SettingRow{
			Name: f.Tag.Get("json"), Default: defaults.Field(i).Interface(), Scope: f.Tag.Get("scope"),
			Min: f.Tag.Get("min"), Max: f.Tag.Get("max"), Doc: f.Tag.Get("doc"),
		}
		switch f.Type.Kind() {
		case reflect.Bool:
			row.Type = "boolean"
		case reflect.Float64:
			row.Type = "number"
		case reflect.Map:
			row.Type = "table<string, string>"
		default:
			row.Type = "string[]"
		}
		rows = append(rows, row)
	}
	return rows
}

// SettingsTable is the settings as the table of the README, in Markdown.
func SettingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | type | default | who may set it | meaning |\n|---|---|---|---|---|\n")
	for _, r := range SettingRows() {
		who := "you"
		if r.Scope == "narrow" {
			who = "you; `dejafix.toml` may narrow"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %s |\n", r.Name, r.Type, mustJSON(r.Default), who, r.Doc)
	}
	return b.String()
}

// SettingsSchema is the settings as "contributes.configuration" of VS Code's
// package.json.
func SettingsSchema() string {
	properties := map[string]any{}
	for _, r := range SettingRows() {
		p := map[string]any{"default": r.Default, "markdownDescription": r.Doc, "scope": "machine-overridable"}
		if r.Scope == "user" {
			p["scope"] = "machine" // cannot be set by a workspace
		}
		switch r.Type {
		case "string[]":
			p["type"], p["items"] = "array", map[string]any{"type": "string"}
		case "table<string, string>":
			p["type"], p["additionalProperties"] = "object", map[string]any{"type": "string"}
		default:
			p["type"] = r.Type
		}
		if r.Min != "" {
			p["minimum"] = json.Number(r.Min)
		}
		if r.Max != "" {
			p["maximum"] = json.Number(r.Max)
		}
		properties["dejafix."+r.Name] = p
	}
	out, err := json.MarshalIndent(map[string]any{"title": "dejafix", "properties": properties}, "", "  ")
	if err != nil {
		panic(err) // a map of strings, numbers and booleans
	}
	return string(out) + "\n"
}

// SettingsLua is the settings as types for Lua's language server.
func SettingsLua() string {
	var b strings.Builder
	b.WriteString("---@class dejafix.Settings\n")
	for _, r := range SettingRows() {
		fmt.Fprintf(&b, "---@field %s? %s %s Default: `%s`.\n", r.Name, r.Type, r.Doc, mustJSON(r.Default))
	}
	return b.String()
}

func mustJSON(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // a setting's default
	}
	return string(out)
}

// overlay sets the fields of s that the JSON object names, and returns what it
// did not understand, each a sentence. What is wrong in one setting leaves the
// others in force. null, and an absent object, set nothing.
//
// An object with the one section "dejafix", as Neovim sends it, means that
// section.
func (s *Settings) overlay(raw []byte) []string {
	var object map[string]json.RawMessage
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil && len(list) == 0 {
			return nil // an empty table of Lua
		}
		return []string{fmt.Sprintf("dejafix settings are not an object: %.60s", raw)}
	}
	if section, ok := object["dejafix"]; ok {
		return s.overlay(section)
	}
	var doubts []string
	v := reflect.ValueOf(s).Elem()
	known := map[string]int{}
	for i := range v.NumField() {
		known[v.Type().Field(i).Tag.Get("json")] = i
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i, ok := known[name]
		if !ok {
			doubts = append(doubts, fmt.Sprintf("dejafix has no setting %q; there are: %s", name, strings.Join(settingNames(), ", ")))
			continue
		}
		if string(object[name]) == "null" {
			continue
		}
		field := reflect.New(v.Field(i).Type())
		if v.Field(i).Kind() == reflect.Map && string(object[name]) == "[]" {
			object[name] = json.RawMessage("{}") // an empty table of Lua
		}
		if err := json.Unmarshal(object[name], field.Interface()); err != nil {
			doubts = append(doubts, fmt.Sprintf("dejafix setting %q must be a %s, not %.40s", name, SettingRows()[i].Type, object[name]))
			continue
		}
		if f, ok := reflect.TypeAssert[*float64](field); ok && (*f < 0 || *f > 1) {
			doubts = append(doubts, fmt.Sprintf("dejafix setting %q must be from 0 to 1, not %v", name, *f))
			continue
		}
		if tools, ok := reflect.TypeAssert[*map[string]string](field); ok {
			doubts = append(doubts, usable(name, *tools)...)
		}
		v.Field(i).Set(field.Elem())
	}
	return doubts
}

// usable takes out of tools what cannot be used, and says why.
func usable(setting string, tools map[string]string) (doubts []string) {
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		switch path := tools[name]; {
		case !slices.Contains(toolNames, name):
			doubts = append(doubts, fmt.Sprintf("dejafix setting %q names no checker %q; there are: %s", setting, name, strings.Join(toolNames, ", ")))
		case !filepath.IsAbs(path):
			doubts = append(doubts, fmt.Sprintf("dejafix setting %q must be an absolute path for %q, not %.100q", setting, name, path))
		default:
			continue
		}
		delete(tools, name)
	}
	return doubts
}

func settingNames() []string {
	var names []string
	for _, r := range SettingRows() {
		names = append(names, r.Name)
	}
	return names
}

// narrowed returns s as a workspace file narrows it: it may switch off, raise
// and add, never the reverse.
func (s Settings) narrowed(w workspaceFile) Settings {
	s.Enable = s.Enable && (w.Enable == nil || *w.Enable)
	s.Learn = s.Learn && (w.Learn == nil || *w.Learn)
	s.OfferHistory = s.OfferHistory && (w.OfferHistory == nil || *w.OfferHistory)
	s.Hover = s.Hover && (w.Hover == nil || *w.Hover)
	if w.MinProbability != nil {
		s.MinProbability = max(s.MinProbability, *w.MinProbability)
	}
	// The user's patterns come last, for the last that matches decides: a "!" of
	// the workspace must not bring back what the user left out.
	s.Exclude = append(slices.Clone(w.Exclude), s.Exclude...)
	return s
}

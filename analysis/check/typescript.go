package check

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
)

// tsDriver is the program that asks the workspace's TypeScript.
//
//go:embed tsdriver.js
var tsDriver string

// typescriptRow is the row of TypeScript and JavaScript: the language service
// of the workspace's own TypeScript, which tsserver is made of, in a private
// process (tsdriver.js). tsserver itself learns of files that others wrote by
// events, some time later, so that an answer could be about what is gone. From
// version 7 on TypeScript is a program, which is asked as a language server
// (typescript7.go).
func typescriptRow() Row {
	return Row{
		Name:      "typescript",
		Languages: []string{"typescript", "typescriptreact", "javascript", "javascriptreact"},
		Sources:   []string{"ts", "typescript", "tsserver", "tsc", "js", "javascript", "vtsls", "ts-plugin", "deno-ts"},
		Covers:    PhaseTypes,
		Detect: func(_ Env, _, path string) (bool, string) {
			dir := filepath.Dir(path)
			if above(dir, "tsconfig.json") == "" && above(dir, "jsconfig.json") == "" {
				return false, filepath.Base(path) + " belongs to no TypeScript project: a tsconfig.json or jsconfig.json above it makes one"
			}
			return true, ""
		},
		// The driver compares what others see of the file, its declarations, and
		// looks at them only where that differs.
		Exports: tsExports,
		New:     func(e Env) Checker { return &tsChecker{env: e, native: tsNative{env: e}} },
	}
}

// tsChecker asks the driver.
type tsChecker struct {
	env    Env
	talk   talk
	native tsNative
}

var _ Checker = (*tsChecker)(nil)

// Close ends the private server.
func (c *tsChecker) Close() error {
	c.talk.close()
	c.native.talk.close()
	return nil
}

// tsRequest and tsAnswer are what is said to the driver, and what it says.
type tsRequest struct {
	Overlay map[string]string `json:"overlay"`
	Scope   []string          `json:"scope"`
	Wide    bool              `json:"wide"`
	Before  string            `json:"before,omitempty"` // the text of the file before the edit
	Types   bool              `json:"types"`            // no suggestions
}

type tsAnswer struct {
	Version    string      `json:"version"`
	Findings   []tsFinding `json:"findings"`
	Files      []string    `json:"files"`
	Dirs       []string    `json:"dirs"`
	Outside    string      `json:"outside"`    // why the file is in no project
	Incomplete string      `json:"incomplete"` // why not all was looked at
	Failed     string      `json:"failed"`     // what went wrong
}

type tsFinding struct {
	Path        string `json:"path"`
	Start       int    `json:"start"` // bytes
	End         int    `json:"end"`
	Code        int    `json:"code"`
	Category    int    `json:"category"`
	Kind        string `json:"kind"`
	Message     string `json:"message"`
	Unnecessary bool   `json:"unnecessary"`
	Deprecated  bool   `json:"deprecated"`
}

// Check asks about the files of the scope.
func (c *tsChecker) Check(ctx context.Context, r Request) (Result, error) {
	if len(r.Scope) == 0 {
		return Result{}, &Unknown{CauseNoChecker, "no file was named"}
	}
	folder, lib, err := tsLibrary(c.env, r.Root, r.Scope[0])
	if err != nil {
		return Result{}, err
	}
	if lib == "" {
		return c.native.check(ctx, r, folder, tsProgram(folder))
	}
	ask := tsRequest{Overlay: r.Overlay, Scope: r.Scope, Wide: r.Wide, Before: r.Before, Types: r.Until != PhaseNone && r.Until <= PhaseTypes}
	question, err := json.Marshal(ask)
	if err != nil {
		return Result{}, &Unknown{CauseFailed, err.Error()}
	}
	text, err := c.ask(ctx, lib, question)
	if err != nil {
		return Result{}, err
	}
	var a tsAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		return Result{}, &Unknown{CauseFailed, "TypeScript gave no answer: " + firstLine(string(text))}
	}
	return c.result(r, lib, &a)
}

// ask asks the private server, or one process for this question alone.
func (c *tsChecker) ask(ctx context.Context, lib string, question []byte) ([]byte, error) {
	question = append(question, '\n')
	command := Command{Args: []string{c.env.node(), nodeHeap(c.env.Runner), "-e", tsDriver, lib}, Dir: filepath.Dir(lib)}
	if !c.env.Servers {
		command.Stdin = string(question)
		out, err := c.env.Runner.Run(ctx, command)
		if err == nil && out.Stdout == "" {
			err = &Unknown{CauseFailed, "TypeScript gave no answer: " + complaint(out.Stderr)}
		}
		return []byte(out.Stdout), err
	}
	var answer []byte
	err := c.talk.do(ctx, c.env.Runner, lib, command, nil, func(s *Server, in *bufio.Reader) error {
		// It reads the whole question before it answers.
		if _, err := s.Stdin.Write(question); err != nil {
			return err
		}
		text, err := line(in)
		answer = text
		return err
	})
	return answer, err
}

func (c *tsChecker) result(r Request, lib string, a *tsAnswer) (Result, error) {
	res := Result{Tool: "tsc", Version: a.Version, Complete: true, Phase: PhaseLint}
	if r.Until != PhaseNone && r.Until <= PhaseTypes {
		res.Phase = PhaseTypes
	}
	switch {
	case a.Failed != "":
		return Result{}, &Unknown{CauseFailed, "TypeScript failed: " + firstLine(a.Failed)}
	case a.Outside != "":
		return Result{}, &Unknown{CauseNoChecker, a.Outside}
	case a.Incomplete != "":
		return Result{}, &Unknown{CauseIncomplete, a.Incomplete}
	}
	for _, f := range a.Findings {
		d := analysis.Diagnostic{
			Source: "ts", Code: strconv.Itoa(f.Code), Message: f.Message, Severity: analysis.SeverityHint,
			Span: analysis.Span{Start: f.Start, End: f.End}, Unnecessary: f.Unnecessary, Deprecated: f.Deprecated,
		}
		// The numbers of ts.DiagnosticCategory.
		switch f.Category {
		case 0:
			d.Severity = analysis.SeverityWarning
		case 1:
			d.Severity = analysis.SeverityError
		case 3:
			d.Severity = analysis.SeverityInformation
		}
		phase := PhaseTypes
		if id, _ := identity.Of("typescript", d); f.Kind == "suggestion" {
			phase = PhaseLint
		} else if f.Kind == "syntactic" || identity.Syntax(id) {
			phase = PhaseParse
		}
		res.Findings = append(res.Findings, Finding{Path: filepath.FromSlash(f.Path), Diagnostic: d, Phase: phase})
	}
	for _, name := range a.Files {
		res.Inputs.Files = append(res.Inputs.Files, filepath.FromSlash(name))
	}
	for _, name := range a.Dirs {
		res.Inputs.Dirs = append(res.Inputs.Dirs, filepath.FromSlash(name))
	}
	res.Inputs.Files = append(res.Inputs.Files, filepath.Join(filepath.Dir(filepath.Dir(lib)), "package.json"))
	res.Inputs.Extra = "typescript " + a.Version + " " + lib
	return res, nil
}

// tsLibrary is the package of TypeScript that a file's project has installed, or
// that a setting names,
// and its library, which is "" where it is a program instead.
func tsLibrary(e Env, root, path string) (folder, lib string, err error) {
	_, folder, err = nodePackage(e, root, path, "typescript")
	if err != nil {
		return "", "", err
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return "", "", &Unknown{CauseMissing, "TypeScript of the workspace cannot be read: install it anew"}
	}
	if lib = filepath.Join(folder, "lib", "typescript.js"); isFile(lib) {
		return folder, lib, nil
	}
	if tsProgram(folder) == "" {
		return "", "", &Unknown{CauseMissing, fmt.Sprintf("TypeScript %s of the workspace has no program for this machine: install it anew here", nodeVersion(folder))}
	}
	return folder, "", nil
}

// nodeVersion is the version of a package of node.
func nodeVersion(folder string) string {
	var p struct{ Version string }
	text, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return ""
	}
	return p.Version
}

package lsp

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// workspaceFileName is the file at a workspace's root that narrows settings.
const workspaceFileName = "dejafix.toml"

// maxWorkspaceFile bounds dejafix.toml, in bytes: a few settings.
const maxWorkspaceFile = 64 << 10

// A workspaceFile holds the settings of scope "narrow"; nil means not set. A
// test holds it to Settings.
type workspaceFile struct {
	Enable         *bool    `toml:"enable"`
	Learn          *bool    `toml:"learn"`
	OfferHistory   *bool    `toml:"offerHistory"`
	Hover          *bool    `toml:"hover"`
	MinProbability *float64 `toml:"minProbability"`
	Exclude        []string `toml:"exclude"`
}

// readWorkspaceFile reads dejafix.toml in root; an absent one narrows nothing.
// The error is for a person: it quotes the line. What is returned with it holds
// all the same.
func readWorkspaceFile(root string) (workspaceFile, error) {
	name := filepath.Join(root, workspaceFileName)
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return workspaceFile{}, nil
	case err != nil:
		return workspaceFile{}, fmt.Errorf("%s cannot be read, so it narrows nothing: %w", name, err)
	case !info.Mode().IsRegular() || info.Size() > maxWorkspaceFile:
		return workspaceFile{}, fmt.Errorf("%s is ignored: it is not a regular file of at most %d KB", name, maxWorkspaceFile>>10)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return workspaceFile{}, fmt.Errorf("%s cannot be read, so it narrows nothing: %w", name, err)
	}
	w, err := parseWorkspaceFile(text)
	if err != nil {
		return w, fmt.Errorf("%s is not understood, and narrows by its other settings only until it is corrected:\n%w", name, err)
	}
	return w, nil
}

func parseWorkspaceFile(text []byte) (workspaceFile, error) {
	var w workspaceFile
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // which some editors write on Windows
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&w)
	var strict *toml.StrictMissingError
	var decode *toml.DecodeError
	switch {
	case errors.As(err, &strict):
		msg := strict.String()
		for _, e := range strict.Errors {
			if key := strings.Join(e.Key(), "."); slices.Contains(reserved, strings.SplitN(key, ".", 2)[0]) {
				msg += fmt.Sprintf("\n%s is the user's alone: set it in the editor", key)
			}
		}
		// What is understood still narrows: who switched learning off did not ask
		// for it back by misspelling another line.
		return w, errors.New(msg)
	case errors.As(err, &decode):
		return workspaceFile{}, errors.New(sayType(decode))
	case err != nil:
		return workspaceFile{}, err
	}
	if p := w.MinProbability; p != nil && (*p < 0 || *p > 1) {
		w.MinProbability = nil
		return w, fmt.Errorf("minProbability must be from 0 to 1, not %v", *p)
	}
	return w, nil
}

// sayType quotes the line of a bad value and says what the setting must be;
// toml's own message names our Go types.
func sayType(err *toml.DecodeError) string {
	text, message := err.String(), strings.TrimPrefix(err.Error(), "toml: ")
	key := strings.Join(err.Key(), ".")
	for _, r := range SettingRows() {
		if r.Name == key && strings.HasPrefix(message, "cannot decode") {
			return strings.Replace(text, message, fmt.Sprintf("%s must be a %s", key, r.Type), 1)
		}
	}
	return text
}

package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// fileName is the store's name in every platform's data folder.
const fileName = "dejafix.db"

// DefaultPath is where the store of this user is when nothing else is said:
// $XDG_DATA_HOME/dejafix/dejafix.db, or the platform's data folder.
func DefaultPath() (string, error) {
	return defaultPath(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func defaultPath(goos string, getenv func(string) string, home func() (string, error)) (string, error) {
	// A relative XDG_DATA_HOME is to be ignored (XDG Base Directory, "must be
	// absolute").
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "dejafix", fileName), nil
	}
	if goos == "windows" {
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, "dejafix", fileName), nil
		}
	}
	h, err := home()
	if err != nil {
		return "", errors.New("store: no home folder: set XDG_DATA_HOME, or name the file with --store FILE")
	}
	switch goos {
	case "darwin":
		return filepath.Join(h, "Library", "Application Support", "dejafix", fileName), nil
	case "windows":
		return filepath.Join(h, "AppData", "Local", "dejafix", fileName), nil
	}
	return filepath.Join(h, ".local", "share", "dejafix", fileName), nil
}

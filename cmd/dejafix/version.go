package main

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/dejafix/dejafix/analysis/wire"
)

// version is that of the command line, the protocol and what provenance says.
const version = "0.1.0"

func about() *wire.About {
	v := &wire.About{Dejafix: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Commit = commitOf(info)
	}
	return v
}

// pseudoVersion is what Go calls a commit that has no tag: its time and the
// first digits of its hash stand at the end.
var pseudoVersion = regexp.MustCompile(`[-.]\d{14}-([0-9a-f]{12})(?:\+.*)?$`)

// commitOf is what the program was built from: the commit of the checkout, or
// the one that `go install` of a module was given, which has no checkout.
func commitOf(info *debug.BuildInfo) string {
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	if commit == "" {
		if m := pseudoVersion.FindStringSubmatch(info.Main.Version); m != nil {
			return m[1]
		}
		return ""
	}
	return commit + changed
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say what this is",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			v := about()
			return a.show(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "dejafix %s (%s, %s/%s)\n", v.Dejafix, v.Go, v.OS, v.Arch)
				if err == nil && v.Commit != "" {
					_, err = fmt.Fprintf(w, "commit %s\n", v.Commit)
				}
				return err
			})
		},
	}
}

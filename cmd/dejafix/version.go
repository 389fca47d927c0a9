package main

import (
	"fmt"
	"io"
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
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
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

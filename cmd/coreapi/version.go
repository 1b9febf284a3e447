package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Usage: coreapi version

Prints the program's version, or "devel" where it was built from a checkout that
has none, and the version of Go that built it.

Exit code: 0, or 2 for wrong usage.
`

func setupVersion(*flag.FlagSet) action {
	return func(_ context.Context, s streams, args []string) error {
		if len(args) > 0 {
			return usagef("version takes no arguments")
		}
		info, _ := debug.ReadBuildInfo()
		_, err := fmt.Fprintf(s.out, "coreapi %s (%s, %s/%s)\n", moduleVersion(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
}

// moduleVersion takes nil too.
func moduleVersion(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

package otelcoreapi

import (
	"runtime/debug"
	"strings"
)

// version is the scope's where the build knows none of this module: in a checkout, or where
// a folder replaces it. It is the root module's.
const version = "0.1.0"

// versionIn is this module's version in a build; info may be nil.
func versionIn(info *debug.BuildInfo) string {
	if info == nil {
		return version
	}
	for _, module := range info.Deps {
		if number, ok := strings.CutPrefix(module.Version, "v"); ok && module.Path == scope && module.Replace == nil {
			return number
		}
	}
	return version
}

package coreapi

import (
	"runtime/debug"
	"strings"
	"sync"
)

// modulePath is the SDK's in go.mod.
const modulePath = "github.com/fypass/coreapi-go"

// version is what a build that knows none of the SDK's is taken for: one of a checkout, or
// of a replace with a folder.
const version = "0.1.0"

// ownVersion is the SDK's, as sent in the User-Agent header: the module's own where the
// build has one. The build's text is read once a process.
var ownVersion = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return versionIn(info)
})

// versionIn takes nil, too.
func versionIn(info *debug.BuildInfo) string {
	if info == nil {
		return version
	}
	for _, module := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if module.Path != modulePath {
			continue
		}
		if module.Replace != nil {
			module = module.Replace // a fork has a version of its own, a folder has none
		}
		if number, ok := strings.CutPrefix(module.Version, "v"); ok {
			return number
		}
	}
	return version
}

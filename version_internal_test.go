package coreapi

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheVersionIsTheModulesOwnWhereTheBuildHasOne(t *testing.T) {
	other := &debug.Module{Path: "example.com/other", Version: "v9.9.9"}
	own := func(version string, replace *debug.Module) *debug.Module {
		return &debug.Module{Path: modulePath, Version: version, Replace: replace}
	}
	for name, tt := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"a dependency":              {&debug.BuildInfo{Main: *other, Deps: []*debug.Module{other, own("v1.2.3", nil)}}, "1.2.3"},
		"a commit":                  {&debug.BuildInfo{Deps: []*debug.Module{own("v0.0.0-20260102030405-abcdefabcdef", nil)}}, "0.0.0-20260102030405-abcdefabcdef"},
		"the module itself":         {&debug.BuildInfo{Main: *own("v1.2.3", nil)}, "1.2.3"},
		"a checkout":                {&debug.BuildInfo{Main: *own("(devel)", nil)}, version},
		"a test's":                  {&debug.BuildInfo{Main: *own("", nil)}, version},
		"replaced by a fork":        {&debug.BuildInfo{Deps: []*debug.Module{own("v1.2.3", &debug.Module{Path: "example.com/fork", Version: "v1.2.4"})}}, "1.2.4"},
		"replaced by a folder":      {&debug.BuildInfo{Deps: []*debug.Module{own("v1.2.3", &debug.Module{Path: "../coreapi-go"})}}, version},
		"a vendored copy, unlisted": {&debug.BuildInfo{Main: *other}, version},
		"no build info":             {nil, version},
	} {
		require.Equal(t, tt.want, versionIn(tt.info), name)
	}
}

func TestTheBuildIsReadOnce(t *testing.T) {
	require.Equal(t, ownVersion(), versionIn(func() *debug.BuildInfo { info, _ := debug.ReadBuildInfo(); return info }()))
	require.Zero(t, testing.AllocsPerRun(10, func() { ownVersion() }))
}

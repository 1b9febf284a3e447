package otelcoreapi

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheScopesVersionIsThatOfTheModuleInTheBuild(t *testing.T) {
	build := func(module debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Deps: []*debug.Module{{Path: "example.com/other", Version: "v9.9.9"}, &module}}
	}
	require.Equal(t, "0.3.1", versionIn(build(debug.Module{Path: scope, Version: "v0.3.1"})))
	require.Equal(t, version, versionIn(build(debug.Module{Path: scope, Version: "v0.3.1", Replace: &debug.Module{Path: "../otelcoreapi"}})))
	require.Equal(t, version, versionIn(build(debug.Module{Path: scope})))
	require.Equal(t, version, versionIn(nil))
}

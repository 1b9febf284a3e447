package main

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVersion(t *testing.T) {
	got := runWith(t, "", "version")
	assert.Equal(t, exitOK, got.code)
	assert.Regexp(t, `^coreapi \S+ \(go\S+, `+runtime.GOOS+`/`+runtime.GOARCH+`\)\n$`, got.out)
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3": {Main: debug.Module{Version: "v1.2.3"}},
		"devel":  {Main: debug.Module{Version: "(devel)"}},
	} {
		assert.Equal(t, want, moduleVersion(info))
	}
	assert.Equal(t, "devel", moduleVersion(nil))
	assert.Equal(t, "devel", moduleVersion(&debug.BuildInfo{}))
}

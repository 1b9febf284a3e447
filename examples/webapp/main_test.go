package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDemoRuns(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	var logged bytes.Buffer
	go func() { code <- run(ctx, []string{"-addr", "127.0.0.1:0"}, writer, &logged) }()
	said := make([]byte, 0, 1024)
	for !bytes.Contains(said, []byte("Ctrl-C")) {
		part := make([]byte, 1024)
		n, err := reader.Read(part)
		require.NoError(t, err)
		said = append(said, part[:n]...)
	}
	match := regexp.MustCompile(`Open (\S+)\n\n  (\S+)  (\S+)  logs in\n`).FindSubmatch(said)
	require.NotNil(t, match, string(said))

	s := &shop{t: t, url: string(match[1]), browser: newBrowser(t)}
	s.submit(s.startLogin().hostedURL(), "login", string(match[2]), string(match[3]))
	assert.Contains(t, s.get(s.url+"/login").body, "You are logged in")

	stop()
	assert.Equal(t, exitOK, <-code)
	assert.Empty(t, logged.String())
	_, err := http.Get(s.url)
	assert.Error(t, err, "nobody listens any more")
}

func TestCommandLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, tt := range map[string]struct {
		args     []string
		code     int
		out, err string
	}{
		"help":         {[]string{"-h"}, exitOK, usage, ""},
		"unknown flag": {[]string{"-x"}, exitUsage, "", usage},
		"argument":     {[]string{"x"}, exitUsage, "", usage},
		"taken port":   {[]string{"-addr", taken.Addr().String()}, exitFailed, "", "webapp: listen tcp " + taken.Addr().String()},
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, tt.code, run(t.Context(), tt.args, &out, &errs), name)
		assert.Equal(t, tt.out, out.String(), name)
		assert.True(t, strings.HasPrefix(errs.String(), tt.err), "%s: %s", name, errs.String())
	}
}

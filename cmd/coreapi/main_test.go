package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commandVariable makes the test's binary the program itself, for tests that need one
// to start.
const commandVariable = "COREAPI_TEST_COMMAND"

func TestMain(m *testing.M) {
	switch {
	case filepath.Base(os.Args[0]) == "curl":
		os.Exit(playCurl(os.Args[1:]))
	case os.Getenv(commandVariable) != "":
		main()
	}
	os.Exit(m.Run())
}

// result is what a run of the program left behind.
type result struct {
	code     int
	out, err string
}

// runWith ends a sandbox that was not to start.
func runWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"-help"}, {"--help"}} {
		got := runWith(t, "", args...)
		assert.Equal(t, exitOK, got.code, args)
		assert.Empty(t, got.err, args)
		for _, c := range commands() {
			assert.Contains(t, got.out, c.name, args)
			assert.Contains(t, got.out, c.summary, args)
		}
	}
}

func TestHelpOfACommand(t *testing.T) {
	for _, c := range commands() {
		for _, args := range [][]string{{c.name, "-h"}, {c.name, "--help"}, {"help", c.name}} {
			got := runWith(t, "", args...)
			assert.Equal(t, result{exitOK, c.help, ""}, got, args)
		}
		flags, _ := c.flagSet()
		flags.VisitAll(func(f *flag.Flag) {
			assert.Contains(t, c.help, "-"+f.Name, "the help of %s names each flag", c.name)
			if f.DefValue != "" && f.DefValue != "false" {
				assert.Contains(t, c.help, f.DefValue, "the help of %s names the default of -%s", c.name, f.Name)
			}
		})
		for line := range strings.Lines(c.help) {
			assert.LessOrEqual(t, len(line), 81, "a line of the help fits a terminal: %s", line)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"nonsense"},
		{"help", "nonsense"},
		{"\x1b[31m"},
		{"codes", "-nonsense"},
		{"codes", "INVALID_PASSWORD"},
		{"explain", "-json"},
		{"explain", ""},
		{"explain", " "},
		{"explain", "INVALID_PASSWORD", "-"},
		{"explain"}, // with nothing on standard input
		{"sandbox", "file.json"},
		{"sandbox", "-addr"},
		{"sandbox", "-addr", "8080"},
		{"sandbox", "-addr", "127.0.0.1"},
		{"sandbox", "-addr", "127.0.0.1:http:8"},
		{"sandbox", "-addr", "127.0.0.1:65536"},
		{"sandbox", "-addr", "127.0.0.1:"},
		{"sandbox", "-key", ""},
		{"sandbox", "-base-path", ""},
		{"version", "1"},
		{"sandbox", "-strict=perhaps"},
		{"sign"},
		{"sign", "-method", "GET"},
		{"sign", "-method", "GET", "-endpoint", ""},
	} {
		got := runWith(t, "", args...)
		assert.Equal(t, exitUsage, got.code, args)
		assert.Empty(t, got.out, args)
		assert.True(t, strings.HasPrefix(got.err, "coreapi: "), "%v: %s", args, got.err)
		assert.NotContains(t, got.err, "\x1b", args)
	}
}

// brokenPipe is an output that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	signEnvironment(t)
	for _, args := range [][]string{
		{"help"}, {"version"}, {"codes"}, {"codes", "-json"}, {"explain", "INVALID_PASSWORD"}, {"sandbox", "-addr", ":0"},
		{"sign", "-method", "GET", "-endpoint", "/client"},
		{"sign", "-method", "GET", "-endpoint", "/client", "-request-id", "R", "-verify", "none"},
	} {
		var errs bytes.Buffer
		code := run(context.Background(), args, strings.NewReader(""), brokenPipe{}, &errs)
		require.Equal(t, exitFailed, code, args)
		require.Contains(t, errs.String(), "broken pipe", args)
	}
}

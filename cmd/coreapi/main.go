// Command coreapi explains the error codes of the Core APIs, runs a fake of the API
// for programs in any language, signs requests for them, and says whether a profile fits.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes, for scripts.
const (
	exitOK     = 0
	exitFailed = 1 // for explain: a code that is not documented; for sign: a signature that does not verify
	exitUsage  = 2
)

// usageError is a command line, or an input, that the program cannot work with.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// errSaid is a failure that the output has told of already.
var errSaid = errors.New("said already")

// streams are what a command reads and writes.
type streams struct {
	in  io.Reader
	out *bufio.Writer // flushed at the end; a failed write is found there
	err io.Writer
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := streams{in: stdin, out: bufio.NewWriter(stdout), err: stderr}
	err := dispatch(ctx, s, args)
	if flushErr := s.out.Flush(); flushErr != nil && (err == nil || errors.Is(err, errSaid)) {
		err = fmt.Errorf("writing the output: %w", flushErr)
	}
	if err != nil && !errors.Is(err, errSaid) {
		fmt.Fprintf(stderr, "coreapi: %s\n", shownLines(err.Error()))
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var usage usageError
	var said saidError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &said):
		return said.code
	}
	return exitFailed
}

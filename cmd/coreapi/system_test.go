package main

import (
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// needsShell leaves out what is of a POSIX shell.
func needsShell(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the printed commands are those of a POSIX shell; the one that Git brings to Windows makes a file's name of an argument such as /client")
	}
}

// systemsWords are those that this system has for what happened.
func systemsWords(t *testing.T, err error) string {
	t.Helper()
	var number syscall.Errno
	require.ErrorAs(t, err, &number)
	return number.Error()
}

// noSuchFile are the system's words for it.
func noSuchFile(t *testing.T) string {
	t.Helper()
	_, err := os.ReadFile("none")
	require.ErrorIs(t, err, fs.ErrNotExist)
	return systemsWords(t, err)
}

// requireOwnersOnly wants a file that nobody else may read. On Windows it has the rights
// of its folder, which Go does not tell.
func requireOwnersOnly(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
}

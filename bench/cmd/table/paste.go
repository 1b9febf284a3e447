package main

import (
	"fmt"
	"os"
	"strings"
)

// paste puts text between the comments <!-- mark --> and <!-- /mark --> of a
// markdown file.
func paste(path, mark, text string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	open, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	before, rest, ok := strings.Cut(string(data), open)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no place marked %q", path, mark)
	}
	return os.WriteFile(path, []byte(before+open+"\n"+strings.TrimSpace(text)+"\n\n"+end+after), 0o600) // the file is there, and keeps its mode
}

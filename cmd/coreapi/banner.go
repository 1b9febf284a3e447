package main

import (
	"bufio"
	"fmt"

	"github.com/fypass/coreapi-go/coreapitest"
)

// writeBanner says what runs, and what to try.
func writeBanner(w *bufio.Writer, box *sandbox, baseURL string, isOpen bool) error {
	fmt.Fprintf(w, "Core APIs sandbox: a fake, with no real users.\n\n")
	fmt.Fprintf(w, "  URL         %s\n", baseURL)
	fmt.Fprintf(w, "  Client key  %s (in the header %s)\n", printable(box.key), box.keyHeader)
	for _, u := range box.seed.Users {
		fmt.Fprintf(w, "  User        %s (%s)\n", printable(u.account()), statusName(u.Status))
	}
	for _, d := range box.current.Load().devices {
		fmt.Fprintf(w, "  Device      %s (id %s)\n", printable(d.DeviceID), d.ID)
	}
	commands, err := box.tryOut(baseURL)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nTry:\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %s\n", c)
	}
	if isOpen {
		fmt.Fprintf(w, "\nOther machines may reach it, and can then change what it answers.\n")
	}
	fmt.Fprintf(w, "\nStop it with Ctrl-C.\n")
	return w.Flush()
}

// statusName fills in the default.
func statusName(st coreapitest.Status) coreapitest.Status {
	if st == "" {
		return coreapitest.Active
	}
	return st
}

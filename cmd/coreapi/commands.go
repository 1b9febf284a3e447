package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is one of the program's. setup declares its flags and returns what to
// do once they are parsed.
type command struct {
	name    string
	summary string
	help    string
	setup   func(*flag.FlagSet) action
}

// action gets what stands behind the flags.
type action func(ctx context.Context, s streams, args []string) error

// commands is the one table of them. A function, so that nobody can change it.
func commands() []command {
	return []command{
		{"codes", "list the documented error codes", codesHelp, setupCodes},
		{"doctor", "say whether a profile fits the API", doctorHelp, setupDoctor},
		{"explain", "say what an error code means and who acts", explainHelp, setupExplain},
		{"openapi", "write the API's wire as OpenAPI 3.1", openapiHelp, setupOpenAPI},
		{"sandbox", "run a fake of the API to develop against", sandboxHelp, setupSandbox},
		{"sign", "sign a request, or find out how one was signed", signHelp, setupSign},
		{"version", "print the program's version", versionHelp, setupVersion},
	}
}

// flagSet says nothing by itself: run decides what goes where.
func (c command) flagSet() (*flag.FlagSet, action) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags, c.setup(flags)
}

func dispatch(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return usagef("no command given\n\n%s", overview())
	}
	name, rest := args[0], args[1:]
	if isHelp(name) {
		return help(s, rest)
	}
	c, err := findCommand(name)
	if err != nil {
		return err
	}
	flags, act := c.flagSet()
	switch err := flags.Parse(rest); {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(s.out, c.help)
		return err
	case err != nil:
		return usagef("%s: %s\nRun 'coreapi %s -h' for help.", c.name, shown(err.Error()), c.name)
	}
	return act(ctx, s, flags.Args())
}

func isHelp(arg string) bool {
	switch arg {
	case "help", "-h", "-help", "--help":
		return true
	}
	return false
}

// help shows the overview, or the help of one command.
func help(s streams, args []string) error {
	text := overview()
	if len(args) > 0 {
		c, err := findCommand(args[0])
		if err != nil {
			return err
		}
		text = c.help
	}
	_, err := io.WriteString(s.out, text)
	return err
}

func findCommand(name string) (command, error) {
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
	}
	return command{}, usagef("there is no command \"%s\"\nRun 'coreapi help' for the commands.", shown(name))
}

func overview() string {
	var b strings.Builder
	b.WriteString("coreapi helps with the Core APIs, a partner's login and device API.\n\nUsage:\n\n")
	b.WriteString("  coreapi <command> [flags] [arguments]\n\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.summary)
	}
	b.WriteString("\nRun 'coreapi <command> -h' for the help of one.\n")
	return b.String()
}

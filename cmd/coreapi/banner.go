package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fypass/coreapi-go/coreapitest"
)

// banner says what runs, and what to try.
type banner struct {
	box    *sandbox
	origin string // without the base path: the endpoints that script it have none
	isOpen bool   // other machines may get in
	key    keyFile
	strict bool
	seed   string // the seed's file; "": the built-in one
}

func (b banner) baseURL() string { return b.origin + b.box.basePath }

func (b banner) write(w *bufio.Writer) error {
	fmt.Fprintf(w, "Core APIs sandbox: a fake, with no real users.\n\n")
	fmt.Fprintf(w, "  URL         %s\n", shown(b.baseURL()))
	fmt.Fprintf(w, "  Client key  %s (in the header %s)\n", shown(b.box.key), clientKeyHeader)
	fmt.Fprintf(w, "  Signatures  %s\n", b.signatures())
	fmt.Fprintf(w, "  Signed by   %s\n", b.signedBy())
	if b.box.profile.path != "" {
		fmt.Fprintf(w, "  Profile     %s\n", shown(b.box.profile.path))
	}
	for _, u := range b.box.seed.Users {
		fmt.Fprintf(w, "  User        %s (%s, id %s)\n", shown(strings.Join(u.accounts(), ", ")), shown(string(statusName(u.Status))), shown(u.ID))
	}
	if len(b.box.seed.Users) > 0 {
		fmt.Fprintf(w, "  Passwords   %s\n", b.passwords())
	}
	for _, d := range b.box.current.Load().devices {
		fmt.Fprintf(w, "  Device      %s (id %s)\n", shown(d.DeviceID), shown(d.ID))
	}
	if err := b.writeCommands(w); err != nil {
		return err
	}
	if b.isOpen {
		fmt.Fprintf(w, "\nOther machines may reach it, and can then change what it answers.\n")
	}
	fmt.Fprintf(w, "\nStop it with Ctrl-C.\n")
	return w.Flush()
}

func (b banner) signatures() string {
	if b.strict {
		return "demanded, and " + versionHeader + " too"
	}
	return "checked where there is one (-strict demands them)"
}

func (b banner) signedBy() string {
	switch {
	case b.key.path == "":
		return "the fake's fixed test key, which is public: GET " + b.keyURL() + " (in Go: Server.PrivateKey of coreapitest)"
	case b.key.made:
		return "the private key in " + shown(b.key.path) + ", which was made just now, for you to read only"
	}
	return "the private key in " + shown(b.key.path)
}

// passwords says where they stand. Only the built-in one is shown: it is public.
func (b banner) passwords() string {
	if b.seed == "" {
		return b.box.seed.Users[0].Password + ", every user's of the built-in seed"
	}
	return `the "password" of each user in ` + shown(b.seed)
}

func (b banner) keyURL() string { return b.origin + controlPrefix + "key" }

func (b banner) writeCommands(w *bufio.Writer) error {
	calls, err := b.box.tryOut()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nFor a program that signs, and for 'coreapi sign':\n\n")
	fmt.Fprintf(w, "  %s\n", b.environment())
	heading := "Try:"
	if b.strict {
		heading = "Try, with that environment:"
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, c := range calls {
		command := c.plain(b.baseURL())
		if b.strict {
			command = c.signed(b.baseURL(), commandName())
		}
		fmt.Fprintf(w, "\n  %s\n", strings.ReplaceAll(command, "\n", "\n  "))
	}
	fmt.Fprintf(w, "\n  %s\n", faultCommand(b.origin))
	return nil
}

// environment is a shell's command that sets what NewFromEnv and 'coreapi sign' read,
// and empties what would be in the way.
func (b banner) environment() string {
	key := `COREAPI_PRIVATE_KEY_FILE= COREAPI_PRIVATE_KEY="$(curl -sS ` + shellQuote(b.keyURL()) + `)"`
	if b.key.path != "" {
		key = "COREAPI_PRIVATE_KEY= COREAPI_PRIVATE_KEY_FILE=" + shellQuote(b.key.path)
	}
	profile := ""
	if b.box.profile.path != "" {
		profile = shellQuote(b.box.profile.path)
	}
	return "export COREAPI_BASE_URL=" + shellQuote(b.baseURL()) + " COREAPI_CLIENT_KEY=" + shellQuote(b.box.key) + " COREAPI_USER_TOKEN= COREAPI_PROFILE=" + profile + " " + key
}

// statusName fills in the default.
func statusName(st coreapitest.Status) coreapitest.Status {
	if st == "" {
		return coreapitest.Active
	}
	return st
}

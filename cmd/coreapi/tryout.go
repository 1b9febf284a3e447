package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// curl is a command line. A body makes it a POST.
type curl struct {
	url    string
	header []string
	body   []byte
}

// String is the command on one line, for a POSIX shell.
func (c curl) String() string {
	parts := []string{"curl -sS", shellQuote(c.url)}
	for _, line := range c.header {
		parts = append(parts, "-H "+shellQuote(line))
	}
	if c.body != nil {
		parts = append(parts, "-d "+shellQuote(string(c.body)))
	}
	return strings.Join(parts, " ")
}

// shellQuote leaves nothing for the shell to take as its own. There is no line
// end in it: JSON escapes them, and neither a URL nor a header has one.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

const jsonHeader = "Content-Type: application/json"

// tryOut are three commands that work as they stand: who am I, log in, and make
// the first of them time out once.
func (b *sandbox) tryOut(baseURL string) ([]curl, error) {
	login, err := json.Marshal(b.seed.firstLogin())
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	key := b.keyHeader + ": " + b.key
	profile := coreapi.DefaultProfile()
	return []curl{
		{url: baseURL + profile.ClientInfo.Path, header: []string{key}},
		{url: baseURL + profile.Login.Path, header: []string{key, jsonHeader}, body: login},
		{
			url:    baseURL + controlPrefix + "faults",
			header: []string{jsonHeader},
			body:   []byte(`{"operation":"Clients.Info","code":"` + string(coreapi.CodeRequestTimeout) + `"}`),
		},
	}, nil
}

// loginBody is a login with credentials; the zero one starts a hosted login.
type loginBody struct {
	Email    string `json:"email,omitempty"`
	WhatsApp string `json:"whatsapp,omitempty"`
	Password string `json:"password,omitempty"`
}

// firstLogin is that of the first user who can log in, else a hosted login.
func (s seed) firstLogin() loginBody {
	i := slices.IndexFunc(s.Users, func(u seedUser) bool {
		return u.Password != "" && statusName(u.Status) == coreapitest.Active
	})
	switch {
	case i < 0:
		return loginBody{}
	case s.Users[i].Email != "":
		return loginBody{Email: s.Users[i].Email, Password: s.Users[i].Password}
	}
	return loginBody{WhatsApp: s.Users[i].WhatsApp, Password: s.Users[i].Password}
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// apiCall is a request of the API, which commands are made of.
type apiCall struct {
	key      string // the client key
	version  string
	route    coreapi.Route
	signBase string // what is signed before the route's path; "" for nothing
	body     []byte // in the form in which it is signed; nil: none
	profile  string // the profile's file; "": none
}

// newRequestID makes an id in any POSIX shell. Not date, whose %N is not everywhere.
const newRequestID = `$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')`

// plain is a shell's command that sends the request without a signature.
func (c apiCall) plain(baseURL string) string {
	command := c.curl(baseURL, newRequestID)
	if c.body != nil {
		command += " -d " + shellQuote(string(c.body))
	}
	return command
}

// signed are lines of a shell that sign the request and send it. program is
// 'coreapi' as the shell finds it.
func (c apiCall) signed(baseURL, program string) string {
	set := "id=" + newRequestID
	sign := program + " sign -method " + c.route.Method + " -endpoint " + shellQuote(c.signBase+c.route.Path) + ` -request-id "$id"`
	if c.profile != "" {
		sign += " -profile " + shellQuote(c.profile)
	}
	send := c.curl(baseURL, "$id") + ` -H "` + signatureHeader + `: $sig"`
	if c.body != nil {
		set = "body=" + shellQuote(string(c.body)) + " " + set
		sign = `printf %s "$body" | ` + sign + " -body -"
		send += ` -d "$body"`
	}
	return set + " &&\nsig=$(" + sign + ") &&\n" + send
}

// curl is the command but for signature and body. requestID is expanded by the shell.
func (c apiCall) curl(baseURL, requestID string) string {
	words := []string{
		"curl -sS", shellQuote(baseURL + c.route.Path),
		"-H", shellQuote(clientKeyHeader + ": " + c.key),
		"-H", shellQuote(versionHeader + ": " + c.version),
		"-H", `"` + requestIDHeader + ": " + requestID + `"`,
	}
	if c.body != nil {
		words = append(words, "-H", shellQuote(jsonHeader))
	}
	return strings.Join(words, " ")
}

// shellQuote leaves nothing for the shell to take as its own, and nothing for the
// terminal: what is not printable is put together by printf. There is no line end in it:
// JSON escapes them, and neither a URL nor a header has one.
func shellQuote(s string) string {
	if shownWhole(s) {
		return singleQuoted(s)
	}
	var escaped strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\\':
			escaped.WriteString(`\\`)
		case strconv.IsPrint(r) && (r != utf8.RuneError || size > 1):
			escaped.WriteString(s[:size])
		default:
			for _, c := range []byte(s[:size]) {
				fmt.Fprintf(&escaped, `\0%03o`, c)
			}
		}
		s = s[size:]
	}
	return `"$(printf %b ` + singleQuoted(escaped.String()) + `)"`
}

func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shownWhole says whether a terminal shows all of s as it is.
func shownWhole(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) })
}

const jsonHeader = "Content-Type: application/json"

// commandName is how a shell calls this program: by its name where the shell finds
// this one by it, else by its path, which 'go run' keeps while it runs.
func commandName() string {
	path, err := os.Executable()
	if err != nil || isSameFile(path, "coreapi") {
		return "coreapi"
	}
	return shellQuote(path)
}

// isSameFile says whether a shell that is given name runs the file at path.
func isSameFile(path, name string) bool {
	found, err := exec.LookPath(name)
	if err != nil {
		return false
	}
	one, err := os.Stat(path)
	if err != nil {
		return false
	}
	other, err := os.Stat(found)
	return err == nil && os.SameFile(one, other)
}

// tryOut are two calls that work as they stand: who am I, and log in.
func (b *sandbox) tryOut() ([]apiCall, error) {
	login, err := json.Marshal(b.seed.firstLogin())
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	profile := b.profile.Profile
	body, err := signatureOptions(profile.Signature).Form().Rewrite(login)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	defaults := coreapi.DefaultProfile()
	version := cmp.Or(profile.Version, defaults.Version)
	call := func(route coreapi.Route, body []byte) apiCall {
		c := apiCall{key: b.key, version: version, route: route, profile: b.profile.path, body: body}
		if profile.Signature.Endpoint == coreapi.EndpointFull {
			c.signBase = b.basePath
		}
		return c
	}
	return []apiCall{call(defaults.ClientInfo, nil), call(defaults.Login, body.Text)}, nil
}

// faultCommand makes the first of the calls time out once.
func faultCommand(origin string) string {
	return "curl -sS " + shellQuote(origin+controlPrefix+"faults") + " -H " + shellQuote(jsonHeader) +
		" -d " + shellQuote(`{"operation":"Clients.Info","code":"`+string(coreapi.CodeRequestTimeout)+`"}`)
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

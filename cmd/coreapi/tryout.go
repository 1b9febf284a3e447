package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	words := []string{"curl -sS", shellQuote(baseURL + c.route.Path)}
	if c.route.Method != c.curlsMethod() {
		words = append(words, "-X", c.route.Method)
	}
	words = append(words,
		"-H", shellQuote(clientKeyHeader+": "+c.key),
		"-H", shellQuote(versionHeader+": "+c.version),
		"-H", `"`+requestIDHeader+": "+requestID+`"`,
	)
	if c.body != nil {
		words = append(words, "-H", shellQuote(jsonHeader))
	}
	return strings.Join(words, " ")
}

// curlsMethod is what curl takes where it is not told.
func (c apiCall) curlsMethod() string {
	if c.body != nil {
		return http.MethodPost
	}
	return http.MethodGet
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
	login := b.seed.firstLogin()
	var calls []apiCall
	for _, operation := range []func(*coreapi.Client) error{
		func(c *coreapi.Client) error { _, err := c.Clients.Info(context.Background()); return err },
		func(c *coreapi.Client) (err error) {
			if login == (coreapi.LoginRequest{}) {
				_, err = c.Users.StartLogin(context.Background())
				return err
			}
			_, err = c.Users.Login(context.Background(), login)
			return err
		},
	} {
		sent, err := b.asSent(operation)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		calls = append(calls, sent)
	}
	return calls, nil
}

// asSent is a call as the SDK would send it, in the sandbox's profile. Nothing is sent.
func (b *sandbox) asSent(operation func(*coreapi.Client) error) (apiCall, error) {
	var caught *http.Request
	var body []byte
	catch := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		caught = r
		if r.Body != nil {
			defer r.Body.Close()
			body, _ = io.ReadAll(r.Body) // it is in memory
		}
		return nil, errors.New("caught")
	})
	client := b.current.Load().Client(coreapi.WithHTTPClient(&http.Client{Transport: catch}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if err := operation(client); caught == nil {
		return apiCall{}, sdkCause(err)
	}
	c := apiCall{
		key:     b.key,
		version: caught.Header.Get(versionHeader),
		route:   coreapi.Route{Method: caught.Method, Path: strings.TrimPrefix(caught.URL.RequestURI(), b.basePath)},
		body:    body,
		profile: b.profile.path,
	}
	if b.profile.Signature.Endpoint == coreapi.EndpointFull {
		c.signBase = b.basePath
	}
	return c, nil
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// faultCommand makes the first of the calls time out once.
func faultCommand(origin string) string {
	return "curl -sS " + shellQuote(origin+controlPrefix+"faults") + " -H " + shellQuote(jsonHeader) +
		" -d " + shellQuote(`{"operation":"Clients.Info","code":"`+string(coreapi.CodeRequestTimeout)+`"}`)
}

// firstLogin is that of the first user who can log in; the zero one where there is none.
func (s seed) firstLogin() coreapi.LoginRequest {
	i := slices.IndexFunc(s.Users, func(u seedUser) bool {
		return u.Password != "" && statusName(u.Status) == coreapitest.Active
	})
	switch {
	case i < 0:
		return coreapi.LoginRequest{}
	case s.Users[i].Email != "":
		return coreapi.LoginRequest{Email: s.Users[i].Email, Password: coreapi.Secret(s.Users[i].Password)}
	}
	return coreapi.LoginRequest{WhatsApp: s.Users[i].WhatsApp, Password: coreapi.Secret(s.Users[i].Password)}
}

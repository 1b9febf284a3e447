package coreapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

// LoginRequest has one account, Email or WhatsApp, and its password. ReqToken is
// optional: that of a login which was started before.
type LoginRequest struct {
	Email    string `json:"email,omitempty"`
	WhatsApp string `json:"whatsapp,omitempty"`
	Password Secret `json:"password,omitempty"`
	ReqToken Secret `json:"reqToken,omitempty"`
}

func (r LoginRequest) printable() map[string]any {
	return printable.NonEmpty(map[string]string{
		"email":       r.Email,
		"whatsapp":    r.WhatsApp,
		"password":    shownSecret(r.Password),
		reqTokenField: shownSecret(r.ReqToken),
	})
}

// String returns the request without its secrets.
func (r LoginRequest) String() string { return printable.Fields("LoginRequest", r.printable()) }

// Format prints String() under any verb.
func (r LoginRequest) Format(f fmt.State, verb rune) { printable.Format(f, verb, r.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (r *LoginRequest) LogValue() slog.Value {
	if r == nil {
		return slog.Value{}
	}
	return slog.AnyValue(r.printable())
}

// loginBody is LoginRequest on the wire, where its secrets are plain. The names
// are assumptions, but for reqToken.
type loginBody struct {
	Email    string `json:"email,omitempty"`
	WhatsApp string `json:"whatsapp,omitempty"`
	Password string `json:"password,omitempty"`
	ReqToken string `json:"reqToken,omitempty"`
}

func (r LoginRequest) values() *wire.Values {
	return &wire.Values{
		wire.Email: r.Email, wire.WhatsApp: r.WhatsApp, wire.Password: string(r.Password), wire.ReqToken: string(r.ReqToken),
	}
}

// LoginSession is a hosted login that was started. Send the user to URL (the
// reference's "Fypass URL"), then wait with [UsersService.WaitForLogin]. Whoever
// holds ReqToken can fetch the user's token, and URL holds it too: print neither.
// The type prints URL without its query. Raw is the whole object as it came.
type LoginSession struct {
	ReqToken Secret  `json:"reqToken"`
	URL      string  `json:"url"`
	Raw      RawJSON `json:"-"`
}

func (s *LoginSession) keepRaw(raw RawJSON) { s.Raw = raw }

func (s *LoginSession) decodeWire(data []byte) error {
	return readTexts(data, []textField{{reqTokenField, (*string)(&s.ReqToken)}, {"url", &s.URL}}, nil)
}

func (s *LoginSession) setValues(v *wire.Values, _ []wire.Member) error {
	s.ReqToken, s.URL = Secret(v[wire.ReqToken]), v[wire.URL]
	return nil
}

// lacks is StartLogin's: the user is sent to the URL, so it has to be one that a browser
// opens, and no more open than the API's own. plaintext: WithPlaintext was given.
func (s *LoginSession) lacks(plaintext bool) string {
	if s.ReqToken == "" {
		return "the response has no reqToken"
	}
	if s.URL == "" {
		return "the response has no url"
	}
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "the response's url is no absolute http or https URL"
	case u.Scheme == "http" && !plaintext && !check.Loopback(u.Hostname()):
		return "the response's url is http to a host that is not loopback, and WithPlaintext is not given"
	}
	return ""
}

func (s LoginSession) printable() map[string]any {
	return printable.NonEmpty(map[string]string{
		reqTokenField: shownSecret(s.ReqToken),
		"url":         withoutQuery(s.URL, string(s.ReqToken)),
	})
}

// withoutQuery also takes off userinfo and fragment, and a reqToken in the path.
func withoutQuery(raw, reqToken string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return redacted
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return redact.Mask(u.String(), redact.Forms(reqToken))
}

// String returns the session without its secrets.
func (s LoginSession) String() string { return printable.Fields("LoginSession", s.printable()) }

// Format prints String() under any verb.
func (s LoginSession) Format(f fmt.State, verb rune) { printable.Format(f, verb, s.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (s *LoginSession) LogValue() slog.Value {
	if s == nil {
		return slog.Value{}
	}
	return slog.AnyValue(s.printable())
}

// MarshalJSON is String's fields: for logs, not for storing a session.
func (s LoginSession) MarshalJSON() ([]byte, error) { return json.Marshal(s.printable()) }

// LoginState says how far a login is. A response with a value that is none of the
// constants is [ErrUnexpectedResponse], which names it.
type LoginState string

// The states. Assumption: the reference has the operation, not its values.
const (
	LoginPending   LoginState = "pending"
	LoginSucceeded LoginState = "succeeded"
	LoginFailed    LoginState = "failed"
)

// LoginStatus is how far a login is. UserID and UserToken are set when it has
// succeeded, FailureCode and FailureMessage when it has failed. The names of its
// fields are assumptions; Raw is the whole object as it came.
type LoginStatus struct {
	State          LoginState `json:"state"`
	ReqToken       Secret     `json:"reqToken"`
	UserToken      Secret     `json:"userToken"`
	UserID         string     `json:"userId"`
	FailureCode    Code       `json:"failureCode"`
	FailureMessage string     `json:"failureMessage"`
	Raw            RawJSON    `json:"-"`
}

func (s *LoginStatus) keepRaw(raw RawJSON) { s.Raw = raw }

func (s *LoginStatus) decodeWire(data []byte) error {
	return readTexts(data, []textField{
		{"state", (*string)(&s.State)},
		{reqTokenField, (*string)(&s.ReqToken)},
		{"userToken", (*string)(&s.UserToken)},
		{"userId", &s.UserID},
		{"failureCode", (*string)(&s.FailureCode)},
		{"failureMessage", &s.FailureMessage},
	}, nil)
}

func (s *LoginStatus) setValues(v *wire.Values, _ []wire.Member) error {
	s.State, s.ReqToken, s.UserToken = LoginState(v[wire.State]), Secret(v[wire.ReqToken]), Secret(v[wire.UserToken])
	s.UserID, s.FailureCode, s.FailureMessage = v[wire.UserID], Code(v[wire.FailureCode]), v[wire.FailureMessage]
	return nil
}

// statusLacks: a state that is known, and a token where the login has succeeded.
func statusLacks(s *LoginStatus) string {
	switch {
	case s.State == LoginSucceeded && strings.TrimSpace(string(s.UserToken)) == "":
		return "the login has succeeded, but the response has no userToken"
	case s.State == LoginSucceeded, s.State == LoginPending, s.State == LoginFailed:
		return ""
	}
	return shownState(s.State)
}

// loginLacks: a login with credentials has succeeded or failed.
func loginLacks(s *LoginStatus) string {
	if s.State == LoginPending {
		return `the state is "pending", but a login with credentials succeeds or fails`
	}
	return statusLacks(s)
}

func (s LoginStatus) printable() map[string]any {
	// The server's words may echo a token. Both may be of any length.
	forms := redact.Forms(printable.Cut(string(s.ReqToken), maxMessage), printable.Cut(string(s.UserToken), maxMessage))
	clean := func(text string) string { return redact.CleanCut(text, printable.MaxText, forms) }
	return printable.NonEmpty(map[string]string{
		"state":          clean(string(s.State)),
		reqTokenField:    shownSecret(s.ReqToken),
		"userToken":      shownSecret(s.UserToken),
		"userId":         clean(s.UserID),
		"failureCode":    clean(string(s.FailureCode)),
		"failureMessage": clean(s.FailureMessage),
	})
}

// String returns the status without its tokens.
func (s LoginStatus) String() string { return printable.Fields("LoginStatus", s.printable()) }

// Format prints String() under any verb.
func (s LoginStatus) Format(f fmt.State, verb rune) { printable.Format(f, verb, s.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (s *LoginStatus) LogValue() slog.Value {
	if s == nil {
		return slog.Value{}
	}
	return slog.AnyValue(s.printable())
}

// MarshalJSON is String's fields: for logs, not for storing a login.
func (s LoginStatus) MarshalJSON() ([]byte, error) { return json.Marshal(s.printable()) }

// reqTokenField is the reference's spelling.
const reqTokenField = "reqToken"

func (r LoginRequest) check() error {
	switch {
	case r.Email == "" && r.WhatsApp == "":
		return errors.New("the login has no account: set Email or WhatsApp; without credentials use StartLogin")
	case r.Email != "" && r.WhatsApp != "":
		return errors.New("the login has two accounts: set Email or WhatsApp, not both")
	case r.Password == "":
		return errors.New("the login has no password: set Password")
	}
	return checkFields([]bodyField{
		{"Email", r.Email}, {"WhatsApp", r.WhatsApp}, {"Password", string(r.Password)}, {"ReqToken", string(r.ReqToken)},
	})
}

package coreapi

import (
	"errors"
	"strings"
)

// Action says who must act, and how.
type Action int

// The actions. ActionContactAdmin is an error's action exactly where it is itself,
// without its causes, what ErrContactAdmin matches.
const (
	ActionNone           Action = iota // nobody needs to act, or nobody can say who
	ActionContactAdmin                 // the partner contacts the API's admin
	ActionFixRequest                   // the integrator changes what is sent
	ActionFixCredentials               // the end user gives another account or password
	ActionRetry                        // the same request may be sent again later
)

// String returns the action in words, such as "contact the admin".
func (a Action) String() string {
	switch a {
	case ActionNone:
		return "none"
	case ActionContactAdmin:
		return "contact the admin"
	case ActionFixRequest:
		return "fix the request"
	case ActionFixCredentials:
		return "fix the credentials"
	case ActionRetry:
		return "retry"
	}
	return "unknown action"
}

// AdminContact is how to reach the API's admin. The reference names nobody, so
// it is yours to give, with [WithAdminContact]. All fields are optional.
type AdminContact struct{ Name, Email, WhatsApp, URL string }

// String returns the contact on one line, "" for the zero value.
func (c AdminContact) String() string {
	var b strings.Builder
	b.WriteString(c.Name)
	sep := ""
	if c.Name != "" {
		sep = ": "
	}
	for _, part := range []string{c.Email, prefixed("WhatsApp ", c.WhatsApp), c.URL} {
		if part != "" {
			b.WriteString(sep + part)
			sep = ", "
		}
	}
	return oneLine(b.String(), maxText)
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// Guidance says what happened, who must act and how. The advice for a documented
// code is the reference's; for everything else it is this SDK's.
type Guidance struct {
	Code    Code   // "" where there is none
	Action  Action // who must act
	Summary string // what happened, one sentence
	Advice  string // what to do, one or two sentences
	Contact AdminContact
}

// String returns the guidance on one line, with the contact if there is one.
func (g Guidance) String() string {
	var b strings.Builder
	if g.Code != "" {
		b.WriteString(oneLine(string(g.Code), maxIdentifier) + ": ")
	}
	b.WriteString(oneLine(g.Summary, maxText))
	if g.Advice != "" {
		b.WriteString(" " + oneLine(g.Advice, maxText))
	}
	if contact := g.Contact.String(); contact != "" {
		b.WriteString(" Admin: " + contact)
	}
	return strings.TrimSpace(b.String())
}

// GuidanceFor returns the guidance of the first [*Error] in err's tree. It is
// true for every *Error, and false for nil and for any other error. It is safe
// for concurrent use.
func GuidanceFor(err error) (Guidance, bool) {
	var e *Error
	if !errors.As(err, &e) || e == nil {
		return Guidance{}, false
	}
	return e.Guidance(), true
}

// What the SDK says where the reference is silent.
const (
	adviceLook = "The request may have been acted on: look before you send it again."
)

// Guidance returns what happened, who must act and how. It is safe for
// concurrent use, on a nil *Error too.
func (e *Error) Guidance() Guidance {
	if e == nil {
		return Guidance{}
	}
	g := e.guidanceByCause()
	g.Code = e.Code
	if e.contact != nil {
		g.Contact = *e.contact
	}
	return g
}

func (e *Error) guidanceByCause() Guidance {
	row := documented(e.Code)
	if row == nil {
		return e.guidanceWithoutCode()
	}
	g := Guidance{Action: row.Action, Summary: row.Meaning, Advice: row.Advice}
	switch {
	case e.Code == CodeRequestTimeout && e.timeouts >= 2:
		g.Action = ActionContactAdmin
		g.Summary = "The API took too long to process the request, more than once."
		g.Advice = "Contact the admin: the request timed out again when it was sent again."
	case e.Code == CodeDuplicateKey && e.Delivery == DeliveryUnknown:
		g.Advice = "An earlier attempt may have stored the value: read it before you send again, and change it only if it is another's."
	}
	return g
}

func (e *Error) guidanceWithoutCode() Guidance {
	g := e.guidanceByClass()
	// Where the answer is a rule of the caller's own, the advice names that.
	if e.Delivery == DeliveryUnknown && e.Method != "" && !idempotentMethod(e.Method) {
		g.Action, g.Advice = ActionNone, adviceLook
		if e.isUnknownCode() {
			g.Advice += " " + e.adviceQuote()
		}
	}
	return g
}

func (e *Error) guidanceByClass() Guidance {
	switch {
	case e.cancelled:
		return Guidance{Summary: "The caller cancelled the call.", Advice: "Nothing needs to be done."}
	case e.ended:
		return Guidance{Action: ActionRetry, Summary: "The caller's deadline passed before the call was done.",
			Advice: "Call again, or give the call more time."}
	}
	switch e.class {
	case classInvalidArgument:
		return Guidance{Action: ActionFixRequest, Summary: "The SDK refused an argument; nothing was sent.",
			Advice: "Change the argument as the text says."}
	case classAuthFailed:
		return Guidance{Action: ActionFixRequest, Summary: "The request could not be authenticated.",
			Advice: "Check the source of the client key, and the private key that signs for it."}
	case classTooLarge:
		return Guidance{Action: ActionFixRequest, Summary: "The response is larger than the limit.",
			Advice: "Ask for less, or raise the limit with WithMaxResponseBytes."}
	case classRedirect:
		return Guidance{Action: ActionFixRequest, Summary: "The server answered with a redirect, which is never followed.",
			Advice: "Check that the base URL is the API's own, scheme included."}
	case classCutShort:
		return Guidance{Action: ActionRetry, Summary: "The connection broke before the answer was whole.",
			Advice: "Check the network, then call again."}
	case classUnexpected:
		return Guidance{Summary: "The response is not what the SDK expected.",
			Advice: "Check the base URL and the profile, then the type that the call decodes into."}
	case classCertificate:
		return Guidance{Action: ActionFixRequest, Summary: "The server's certificate was not accepted.",
			Advice: "Check the base URL's host, the trusted authorities and the clock."}
	case classNotConnected:
		return Guidance{Action: ActionRetry, Summary: "No connection to the API could be made.",
			Advice: "Check the base URL and the network, then call again."}
	case classLost:
		return Guidance{Action: ActionRetry, Summary: "The connection broke before the answer came.",
			Advice: "Check the network, then call again."}
	case classAttemptTimeout:
		return Guidance{Action: ActionRetry, Summary: "No full answer came within the attempt's timeout.",
			Advice: "Call again later, or allow more time with WithAttemptTimeout."}
	case classPendingTooLong:
		return Guidance{Action: ActionRetry, Summary: "The login is still pending, and the API asks for a longer wait than the limit.",
			Advice: "Wait as long as RetryAfter says, then wait for the login again."}
	case classCaller:
		return Guidance{Summary: "The caller's own code stopped the call.", Advice: "See the cause."}
	}
	return e.guidanceByStatus()
}

func (e *Error) guidanceByStatus() Guidance {
	switch {
	case !e.isUnknownCode():
		return Guidance{}
	case e.Code != "":
		return Guidance{Summary: "The API answered with a code that its reference does not list.", Advice: e.adviceQuote()}
	case e.StatusCode == 429:
		return Guidance{Action: ActionRetry, Summary: "Too many requests: the server refused this one.",
			Advice: "Call again later, and less often. " + e.adviceQuote()}
	case e.StatusCode >= 500:
		return Guidance{Action: ActionRetry, Summary: "A server or a gateway failed without a code.",
			Advice: "Call again later. " + e.adviceQuote()}
	}
	return Guidance{Summary: "The API answered with an error that has no code.", Advice: e.adviceQuote()}
}

func (e *Error) adviceQuote() string {
	if e.Code == "" {
		return "If it goes on, quote the status and the request id to the admin."
	}
	return "Quote the code and the request id to the admin."
}

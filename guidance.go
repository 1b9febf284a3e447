package coreapi

import (
	"errors"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Action says who must act, and how.
type Action int

// The actions. ActionContactAdmin is an error's action exactly where it is itself,
// without its causes, what ErrContactAdmin matches. ActionRetry is the action exactly where
// IsRetryable is true, but for a REQUEST_TIMEOUT that came twice, which is for the admin.
const (
	ActionNone           Action = iota // nobody needs to act, or nobody can say who
	ActionContactAdmin                 // the partner contacts the API's admin
	ActionFixRequest                   // the integrator changes what is sent
	ActionFixCredentials               // the end user gives another account or password
	ActionRetry                        // the same request may be sent again later: see IsRetryable
	ActionLook                         // the request may have been acted on: look before it is sent again
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
	case ActionLook:
		return "look before sending again"
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
	return printable.Line(b.String(), printable.MaxText)
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
		b.WriteString(printable.Line(string(g.Code), printable.MaxIdentifier) + ": ")
	}
	b.WriteString(printable.Line(g.Summary, printable.MaxText))
	if g.Advice != "" {
		b.WriteString(" " + printable.Line(g.Advice, printable.MaxText))
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

// adviceLook is the SDK's, where the reference is silent.
const adviceLook = "The request may have been acted on: look before you send it again."

// Guidance returns what happened, who must act and how. It is safe for
// concurrent use, on a nil *Error too.
func (e *Error) Guidance() Guidance {
	if e == nil {
		return Guidance{}
	}
	c := e.effectiveClass()
	g := e.guidanceOfClass(c)
	if c == classDocumentedCode {
		g = e.guidanceOfCode()
	}
	g.Code = e.Code
	if e.contact != nil {
		g.Contact = *e.contact
	}
	return g
}

func (e *Error) guidanceOfCode() Guidance {
	row := lookupCode(e.Code)
	g := Guidance{Action: row.Action, Summary: row.Meaning, Advice: row.Advice}
	switch {
	case e.Code == CodeRequestTimeout && e.needsAdmin():
		g.Action = ActionContactAdmin
		g.Summary = "The API took too long to process the request, more than once."
		g.Advice = "Contact the admin: the request timed out again when it was sent again."
	case e.Code == CodeDuplicateKey && e.Delivery == DeliveryUnknown:
		g.Action = ActionLook
		g.Advice = "An earlier attempt may have stored the value: read it before you send again, and change it only if it is another's."
	}
	return g
}

// guidanceOfClass reads the class's row. Whether the request may be sent again is the
// retry rule's to say.
func (e *Error) guidanceOfClass(c class) Guidance {
	row := &classes[c]
	g := Guidance{Action: row.action, Summary: row.summary, Advice: row.advice}
	if row.quote && e.Code != "" {
		g.Summary, g.Advice = "The API answered with a code that its reference does not list.", ""
	}
	switch {
	case e.retryable():
		g.Action = ActionRetry
	case e.Delivery == DeliveryUnknown && e.Method != "" && !e.mayRepeat():
		g.Action, g.Advice = ActionLook, adviceLook
	}
	if row.quote {
		g.Advice = strings.TrimSpace(g.Advice + " " + e.adviceQuote())
	}
	return g
}

func (e *Error) adviceQuote() string {
	if e.Code == "" {
		return "If it goes on, quote the status and the request id to the admin."
	}
	return "Quote the code and the request id to the admin."
}

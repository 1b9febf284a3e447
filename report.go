package coreapi

import (
	"strconv"
	"strings"
	"time"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Report returns what to send to the API's admin: many lines, each with a name
// and a value. It holds no secret and no response body, and every value is
// escaped, so that a server cannot forge a line. It is safe for concurrent use.
func (e *Error) Report() string {
	if e == nil {
		return "Core APIs error report\nNo error.\n"
	}
	g := e.Guidance()
	var b strings.Builder
	b.WriteString("Core APIs error report\n")
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	line("Code", orNone(printable.Line(string(e.Code), printable.MaxIdentifier)))
	line("What happened", g.Summary)
	line("What to do", g.Advice)
	line("Who acts", g.Action.String())
	line("Server's message", printable.Line(e.Message, printable.MaxText))
	line("Cause", printable.Line(e.causeText, printable.MaxText))
	line("Operation", printable.Line(e.Operation, printable.MaxText))
	line("Request", strings.TrimSpace(printable.Line(e.Method, printable.MaxIdentifier)+" "+printable.Line(e.Path, printable.MaxText)))
	if e.StatusCode != 0 {
		line("HTTP status", strconv.Itoa(e.StatusCode))
	}
	line("Request id", printable.Line(e.RequestID, printable.MaxIdentifier))
	if sent := e.requestIDs; len(sent) > 1 || (len(sent) == 1 && sent[0] != e.RequestID) {
		line("Request ids sent", strings.Join(shownIDs(sent), ", "))
	}
	line("Attempts", strconv.Itoa(e.Attempts))
	if e.timeouts > 0 {
		line("REQUEST_TIMEOUT answers", strconv.Itoa(e.timeouts))
	}
	line("Delivery", e.Delivery.String())
	if e.RetryAfter > 0 {
		line("Retry after", e.RetryAfter.String())
	}
	if !e.at.IsZero() {
		line("Time", e.at.UTC().Format(time.RFC3339))
	}
	line("Admin", g.Contact.String())
	line("SDK", "coreapi-go/"+version)
	return b.String()
}

func shownIDs(ids []string) []string {
	shown := make([]string, len(ids))
	for i, id := range ids {
		shown[i] = printable.Line(id, printable.MaxIdentifier)
	}
	return shown
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

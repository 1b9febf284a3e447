package coreapitest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// shown is a field as it is printed: neither a key nor a password nor a token.
type shown struct{ name, value string }

// printed writes fields on one line. Quoting escapes what could forge another.
func printed(kind string, fields []shown) string {
	var b strings.Builder
	b.WriteString(kind + "{")
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.name + ": " + strconv.Quote(f.value))
	}
	return b.String() + "}"
}

// formatAs answers a fmt.Formatter with text, whatever the verb: fmt never gets
// to see the fields.
func formatAs(f fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		fmt.Fprint(f, text)
	}
}

func logged(fields []shown) slog.Value {
	attrs := make([]slog.Attr, len(fields))
	for i, f := range fields {
		attrs[i] = slog.String(f.name, f.value)
	}
	return slog.GroupValue(attrs...)
}

func marshalled(fields []shown) ([]byte, error) {
	object := make(map[string]string, len(fields))
	for _, f := range fields {
		object[f.name] = f.value
	}
	return json.Marshal(object)
}

func (s Server) shown() []shown { return []shown{{"url", s.URL}} }

// String returns the server's URL, without the key.
func (s Server) String() string { return printed("Server", s.shown()) }

// Format prints String() under any verb.
func (s Server) Format(f fmt.State, verb rune) { formatAs(f, verb, s.String()) }

// LogValue is String's fields, for slog.
func (s Server) LogValue() slog.Value { return logged(s.shown()) }

// MarshalJSON is String's fields. It never fails.
func (s Server) MarshalJSON() ([]byte, error) { return marshalled(s.shown()) }

func (u User) shown() []shown {
	fields := []shown{}
	for _, f := range []shown{{"id", u.ID}, {"email", u.Email}, {"whatsapp", u.WhatsApp}, {"status", string(u.Status)}} {
		if f.value != "" {
			fields = append(fields, f)
		}
	}
	if u.Password != "" {
		fields = append(fields, shown{"password", redacted})
	}
	return fields
}

// String returns the user without the password.
func (u User) String() string { return printed("User", u.shown()) }

// Format prints String() under any verb.
func (u User) Format(f fmt.State, verb rune) { formatAs(f, verb, u.String()) }

// LogValue is String's fields, for slog.
func (u User) LogValue() slog.Value { return logged(u.shown()) }

// MarshalJSON is String's fields: for logs, not for storing a user. It never
// fails.
func (u User) MarshalJSON() ([]byte, error) { return marshalled(u.shown()) }

func (r Recorded) shown() []shown {
	return []shown{
		{"method", r.Method},
		{"path", r.Path},
		{"operation", r.Operation},
		{"headers", strconv.Itoa(len(r.Header))},
	}
}

// String returns the request without its headers and body: of the body not even
// the length, which would be that of the masked text.
func (r Recorded) String() string { return printed("Recorded", r.shown()) }

// Format prints String() under any verb.
func (r Recorded) Format(f fmt.State, verb rune) { formatAs(f, verb, r.String()) }

// LogValue is String's fields, for slog.
func (r Recorded) LogValue() slog.Value { return logged(r.shown()) }

// MarshalJSON is String's fields: for logs. It never fails.
func (r Recorded) MarshalJSON() ([]byte, error) { return marshalled(r.shown()) }

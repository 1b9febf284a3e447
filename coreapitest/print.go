package coreapitest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

func logged(fields []printable.Field) slog.Value {
	attrs := make([]slog.Attr, len(fields))
	for i, f := range fields {
		attrs[i] = slog.String(f.Name, f.Value)
	}
	return slog.GroupValue(attrs...)
}

// nothing is what a nil pointer logs as.
func nothing() slog.Value { return slog.AnyValue(nil) }

func marshalled(fields []printable.Field) ([]byte, error) {
	object := make(map[string]string, len(fields))
	for _, f := range fields {
		object[f.Name] = f.Value
	}
	return json.Marshal(object)
}

func (s Server) shown() []printable.Field { return []printable.Field{{Name: "url", Value: s.URL}} }

// String returns the server's URL, without the key.
func (s Server) String() string { return printable.Quoted("Server", s.shown()) }

// Format prints String() under any verb.
func (s Server) Format(f fmt.State, verb rune) { printable.Format(f, verb, s.String()) }

// LogValue is String's fields, for slog; nil for a nil Server.
func (s *Server) LogValue() slog.Value {
	if s == nil {
		return nothing()
	}
	return logged(s.shown())
}

// MarshalJSON is String's fields. It never fails.
func (s Server) MarshalJSON() ([]byte, error) { return marshalled(s.shown()) }

func (u User) shown() []printable.Field {
	fields := []printable.Field{}
	for _, f := range []printable.Field{
		{Name: "id", Value: u.ID}, {Name: "email", Value: u.Email}, {Name: "whatsapp", Value: u.WhatsApp}, {Name: "status", Value: string(u.Status)},
	} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	if u.Password != "" {
		fields = append(fields, printable.Field{Name: "password", Value: redact.Marker})
	}
	return fields
}

// String returns the user without the password.
func (u User) String() string { return printable.Quoted("User", u.shown()) }

// Format prints String() under any verb.
func (u User) Format(f fmt.State, verb rune) { printable.Format(f, verb, u.String()) }

// LogValue is String's fields, for slog; nil for a nil User.
func (u *User) LogValue() slog.Value {
	if u == nil {
		return nothing()
	}
	return logged(u.shown())
}

// MarshalJSON is String's fields: for logs, not for storing a user. It never
// fails.
func (u User) MarshalJSON() ([]byte, error) { return marshalled(u.shown()) }

func (r Recorded) shown() []printable.Field {
	return []printable.Field{
		{Name: "method", Value: r.Method},
		{Name: "path", Value: r.Path},
		{Name: "operation", Value: r.Operation},
		{Name: "headers", Value: strconv.Itoa(len(r.Header))},
	}
}

// String returns the request without its headers and body: of the body not even
// the length, which would be that of the masked text.
func (r Recorded) String() string { return printable.Quoted("Recorded", r.shown()) }

// Format prints String() under any verb.
func (r Recorded) Format(f fmt.State, verb rune) { printable.Format(f, verb, r.String()) }

// LogValue is String's fields, for slog; nil for a nil Recorded.
func (r *Recorded) LogValue() slog.Value {
	if r == nil {
		return nothing()
	}
	return logged(r.shown())
}

// MarshalJSON is String's fields: for logs. It never fails.
func (r Recorded) MarshalJSON() ([]byte, error) { return marshalled(r.shown()) }

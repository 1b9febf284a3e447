package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/redact"
)

// logRequests writes a line for each request: no header, no body, and of a query
// its names only, so that neither keys nor passwords nor tokens are in it. fake knows the
// paths that have one.
func logRequests(logger *slog.Logger, next http.Handler, fake pathRecorder) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &seenResponse{ResponseWriter: w}
		defer func() { // a dropped connection is a panic, and is logged too
			logger.LogAttrs(r.Context(), slog.LevelInfo, "request", seen.attrs(r, fake.RecordedPath(r), time.Since(began))...)
		}()
		next.ServeHTTP(seen, r)
	})
}

// pathRecorder is what a Server of coreapitest is, too.
type pathRecorder interface {
	RecordedPath(r *http.Request) string
}

// maxSeen is more than any error body of the fake.
const maxSeen = 4 << 10

// seenResponse keeps the status, and the beginning of the body.
type seenResponse struct {
	http.ResponseWriter
	status int    // 0: no answer
	head   []byte // of the body
}

// WriteHeader does not take an interim response for the answer.
func (s *seenResponse) WriteHeader(status int) {
	if s.status == 0 && status >= http.StatusOK {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenResponse) Write(data []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.head = append(s.head, data[:min(len(data), maxSeen-len(s.head))]...)
	return s.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController through, which the fake cuts bodies with.
func (s *seenResponse) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *seenResponse) attrs(r *http.Request, path string, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", shown(path))}
	if names := queryNames(r.URL); names != "" {
		attrs = append(attrs, slog.String("query", names))
	}
	if s.status == 0 {
		attrs = append(attrs, slog.String("status", "dropped"))
	} else {
		attrs = append(attrs, slog.Int("status", s.status))
	}
	if code := s.code(); code != "" {
		attrs = append(attrs, slog.String("code", shown(code)))
	}
	if id := r.Header.Get(requestIDHeader); id != "" {
		attrs = append(attrs, slog.String("request_id", shown(id)))
	}
	return append(attrs, slog.Duration("took", took.Round(time.Microsecond)))
}

// code is that of the API, where the answer has one. Of what is no error by its status only
// a documented one is shown: another may be anything.
func (s *seenResponse) code() string {
	var body struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(s.head, &body) != nil {
		return ""
	}
	if s.status < http.StatusBadRequest && coreapi.CodeOf(coreapi.NewError(coreapi.Code(body.Code), "")) == "" {
		return ""
	}
	return body.Code
}

func queryNames(u *url.URL) string {
	var names []string
	for name := range u.Query() {
		names = append(names, name+"="+redact.Marker)
	}
	slices.Sort(names)
	return shown(strings.Join(names, "&"))
}

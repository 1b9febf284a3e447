package coreapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// errorOf is an error of a class as a call makes it, after one attempt.
func errorOf(c class, method string, idempotencyKey bool) *Error {
	e := &Error{Method: method, class: c, Delivery: classes[c].delivery, idempotent: idempotencyKey, answered: c <= classOtherAnswer}
	switch c {
	case classTooManyRequests:
		e.class, e.StatusCode = classAnswer, http.StatusTooManyRequests
	case classServerFailure:
		e.class, e.StatusCode = classAnswer, http.StatusServiceUnavailable
	case classNotFound:
		e.class, e.StatusCode = classAnswer, http.StatusNotFound
	case classUnauthorized:
		e.class, e.StatusCode = classAnswer, http.StatusForbidden
	case classRejected:
		e.class, e.StatusCode = classAnswer, http.StatusBadRequest
	case classOtherAnswer:
		e.class, e.StatusCode = classAnswer, http.StatusNotImplemented
	case classCanceled:
		e.class, e.ended, e.cancelled = classAnswer, true, true
	case classDeadline:
		e.class, e.ended = classAnswer, true
	}
	return e
}

// everyClass calls f with each class that an error may have, but a documented code's.
func everyClass(t *testing.T, f func(t *testing.T, c class, row classRow)) {
	t.Helper()
	for c := classTooManyRequests; c < classCount; c++ {
		if row := classes[c]; c != classNothing {
			require.NotEmpty(t, row.name, "class %d has a row", c)
			t.Run(row.summary, func(t *testing.T) { f(t, c, row) })
		}
	}
}

func TestTheClassesRowDecidesWhatIsRetriedAndWhoActs(t *testing.T) {
	everyClass(t, func(t *testing.T, c class, row classRow) {
		for _, request := range []struct {
			method        string
			key, mayTwice bool
		}{{"GET", false, true}, {"PUT", false, true}, {"POST", true, true}, {"POST", false, false}, {"PATCH", false, false}} {
			e := errorOf(c, request.method, request.key)
			require.Equal(t, c, e.effectiveClass())
			want := row.repeat == always || (row.repeat != never && request.mayTwice) || (row.repeat == unlessMaybeActed && row.delivery != DeliveryUnknown)
			require.Equal(t, want, IsRetryable(e), "%s", request.method)
			g := e.Guidance()
			require.Equal(t, want, g.Action == ActionRetry, "guidance says so too")
			require.NotEmpty(t, g.Summary)
			require.NotEmpty(t, g.Advice)
			look := !want && !request.mayTwice && e.Delivery == DeliveryUnknown
			require.Equal(t, look, g.Action == ActionLook, "guidance says so where it may have been acted on")
			require.Equal(t, look, strings.HasPrefix(g.Advice, adviceLook), g.Advice)
			require.Equal(t, row.name, e.Class())
			require.False(t, errors.Is(e, ErrContactAdmin))
		}
	})
}

func TestAClassThatNoRequestIsRepeatedAfterSaysWhoActsOrWhatToDo(t *testing.T) {
	everyClass(t, func(t *testing.T, c class, row classRow) {
		require.NotEqual(t, ActionRetry, row.action, "that is the retry rule's to say")
		require.NotEmpty(t, row.summary)
		require.True(t, row.advice != "" || row.quote)
	})
}

func TestStatusesOfAnswersWithoutACodeFallIntoTheirClass(t *testing.T) {
	for status, want := range map[int]class{
		101: classOtherAnswer, 304: classOtherAnswer, 400: classRejected, 401: classUnauthorized, 403: classUnauthorized, 404: classNotFound, 408: classServerFailure, 425: classRejected,
		429: classTooManyRequests, 499: classOtherAnswer, 500: classServerFailure, 501: classOtherAnswer, 503: classServerFailure, 505: classOtherAnswer,
		520: classServerFailure, 530: classServerFailure, 599: classServerFailure, 600: classOtherAnswer, 999: classOtherAnswer,
	} {
		require.Equal(t, want, classOfAnswer("", status), status)
		require.Equal(t, want, classOfAnswer("UNLISTED", status), status)
		require.Equal(t, classDocumentedCode, classOfAnswer(CodeUserDeleted, status))
	}
}

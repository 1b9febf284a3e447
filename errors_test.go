package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/printable"
)

func TestErrorTextHasEveryFactInOrder(t *testing.T) {
	header := http.Header{"X-Request-Id": {"from-server"}}
	c := newClient(t, scripted(answer{status: 403, header: header, body: codeBody(coreapi.CodeClientAccountSuspended)}))
	_, err := c.Clients.Info(context.Background())
	require.EqualError(t, err, "coreapi: Clients.Info: CLIENT_ACCOUNT_SUSPENDED: words"+
		" (status 403, request id from-server, 1 attempt): Contact the admin to have the suspension lifted.")
}

func TestErrorTextIsOneSafeLineWhateverTheServerSays(t *testing.T) {
	nasty := "line\r\nforged: yes\x1b[31m\u202e\u2028" + strings.Repeat("é", 400)
	body, err := json.Marshal(map[string]string{"code": nasty, "message": nasty})
	require.NoError(t, err)
	header := http.Header{"X-Request-Id": {"id\xff" + strings.Repeat("é", 400)}}
	e := asError(t, get(newClient(t, scripted(answer{status: 400, header: header, body: string(body)}))))
	for _, text := range []string{e.Error(), e.Guidance().String()} {
		require.True(t, utf8.ValidString(text))
		require.NotRegexp(t, `[\x00-\x1f\x7f\x{2028}\x{202e}]`, text)
		require.Contains(t, text, `line\r\nforged`)
	}
	require.LessOrEqual(t, len(printable.Line(nasty, printable.MaxText)), printable.MaxText)
	require.LessOrEqual(t, len(printable.Line(nasty, printable.MaxIdentifier)), printable.MaxIdentifier)
	require.Less(t, len(e.Error()), printable.MaxText+2*printable.MaxIdentifier+300)
	require.True(t, utf8.ValidString(e.RequestID))
}

func TestErrorPrintsTheSameUnderEveryVerb(t *testing.T) {
	e := asError(t, get(newClient(t, scripted(answer{status: 400, body: `{"message":"words","token":"bodytext"}`}))))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%t"} {
		require.Equal(t, e.Error(), fmt.Sprintf(verb, e))
		require.Equal(t, e.Error(), fmt.Sprintf(verb, *e))
	}
	require.Equal(t, fmt.Sprintf("%q", e.Error()), fmt.Sprintf("%q", e))
	require.Equal(t, fmt.Sprintf("%x", e.Error()), fmt.Sprintf("%x", *e))
	for _, shown := range []string{marshal(t, e), marshal(t, *e), logged(e), logged(*e)} {
		require.NotContains(t, shown, "bodytext")
		require.Contains(t, shown, "words")
	}
}

func TestZeroAndNilErrorsAreSafe(t *testing.T) {
	for _, e := range []*coreapi.Error{nil, {}} {
		require.NotEmpty(t, e.Error())
		require.NotEmpty(t, e.Report())
		require.False(t, e.Timeout())
		require.Empty(t, e.Unwrap())
		require.False(t, e.Is(coreapi.ErrUnknownCode))
		_ = e.Guidance().String()
		_ = e.LogValue()
		_ = fmt.Sprintf("%v %+v %#v %s %q %x %d", e, e, e, e, e, e, e)
	}
	require.False(t, errors.Is((*coreapi.Error)(nil), coreapi.ErrContactAdmin))
	_, ok := coreapi.GuidanceFor((*coreapi.Error)(nil))
	require.False(t, ok)
	_, ok = coreapi.GuidanceFor(errors.New("other"))
	require.False(t, ok)
}

func TestErrorKeepsTheRoutesNameNotTheURL(t *testing.T) {
	c := newClient(t, scripted(answer{status: 400}))
	_, err := c.Devices.Get(context.Background(), "some id")
	e := asError(t, err)
	require.Equal(t, "Devices.Get", e.Operation)
	require.Equal(t, "/device", e.Path)
	require.Equal(t, "GET", e.Method)
	_, err = c.Users.LoginStatus(context.Background(), "some-token")
	require.NotContains(t, err.Error(), "some-token")
	require.NotContains(t, err.Error(), "example.com")
}

func TestOnlyTheFirst4KiBOfABodyAreKept(t *testing.T) {
	body := strings.Repeat("ab", 4<<10)
	e := asError(t, get(newClient(t, scripted(answer{status: 404, body: body}))))
	require.Equal(t, body[:maxErrorBody], string(e.Body))
	require.LessOrEqual(t, cap(e.Body), 2*maxErrorBody, "the rest is let go")
}

func TestTimeoutIsTrueForEveryKindOfTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, deadline := newClient(t, hang).Clients.Info(ctx)
		attempt := get(newClient(t, hang), coreapi.WithAttemptTimeout(time.Second), coreapi.WithRetryPolicy(coreapi.NoRetry()))
		for _, err := range []error{deadline, attempt, coreapi.NewError(coreapi.CodeRequestTimeout, ""), fmt.Errorf("w: %w", attempt)} {
			require.True(t, asError(t, err).Timeout(), err)
		}
		require.ErrorIs(t, deadline, context.DeadlineExceeded)
		require.NotErrorIs(t, deadline, coreapi.ErrClientClosedRequest)
		require.NotErrorIs(t, attempt, context.DeadlineExceeded, "the caller's deadline has not passed")
		require.False(t, coreapi.NewError(coreapi.CodeInvalidPassword, "").Timeout())
	})
}

package coreapi_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

func TestRequestTimeoutTwiceThenSuccessIsOneCallOfThreeRequestsEqualButForTheirIDs(t *testing.T) {
	timeout := answer{status: 504, body: codeBody(coreapi.CodeRequestTimeout)}
	for name, call := range map[string]func(*coreapi.Client, ...coreapi.CallOption) error{"GET": get, "POST": post} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T) {
				s := scripted(timeout, timeout, answer{body: `{"ok":true}`})
				require.NoError(t, call(newClient(t, s)))
				require.Len(t, s.sent, 3)
				id := s.sent[0].header.Get("X-Request-Id")
				require.NotEmpty(t, id)
				for i, want := range []string{id, id + "-2", id + "-3"} {
					require.Equal(t, want, s.sent[i].header.Get("X-Request-Id"))
					s.sent[i].header.Del("X-Request-Id")
				}
				for _, got := range s.sent {
					require.Equal(t, s.sent[0], got)
					if name == "POST" {
						require.Equal(t, `{"a":"whole"}`, got.body)
					}
				}
			})
		})
	}
}

func TestARepeatedInBandTimeoutForgetsWhatItHalfDecoded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{body: `{"code":"REQUEST_TIMEOUT","userId":"half"}`}, answer{body: `{"state":"succeeded","userToken":"t"}`})
		status, err := newClient(t, s).Users.Login(context.Background(), coreapi.LoginRequest{Email: "a@b", Password: "p"})
		require.NoError(t, err)
		require.Empty(t, status.UserID)
		require.Equal(t, 2, s.count())
	})
}

func TestErrorIsThatOfTheLastAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		err := get(newClient(t, scripted(answer{status: 503}, answer{status: 400, body: codeBody(coreapi.CodeInvalidObjectID)})))
		requireMatchesExactly(t, err, coreapi.ErrInvalidObjectID)
		e := asError(t, err)
		require.Equal(t, 2, e.Attempts)
		require.Equal(t, 400, e.StatusCode)
	})
}

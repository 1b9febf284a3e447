package coreapi_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// worstForMemory are answers, and a call each, that once cost far more than they do: a
// failed login, which took 74 seconds, and others, which took up to 1.3 GiB. All shapes are in
// answercost_test.go.
var worstForMemory = []struct{ answer, call string }{
	{"a failed login of long texts", "Users.Login"},
	{"a message that is no UTF-8, refused", "Users.Login"},
	{"empty messages in a list, refused", "Clients.Info"},
	{"empty lists, lacking", "Users.LoginStatus"},
	{"distinct names", "Devices.Save"},
	{"escaped names of null, lacking", "Devices.Save"},
}

// eachWorst calls f with each of them. It goes by name, so none is left out unseen.
func eachWorst(t *testing.T, f func(name string, answer largeAnswer, answered answeredCall)) {
	t.Helper()
	answers := largeAnswers()
	for _, worst := range worstForMemory {
		a := slices.IndexFunc(answers, func(a largeAnswer) bool { return a.name == worst.answer })
		c := slices.IndexFunc(answeredCalls, func(c answeredCall) bool { return c.name == worst.call })
		require.True(t, a >= 0 && c >= 0, worst)
		f(worst.answer+", "+worst.call, answers[a], answeredCalls[c])
	}
}

// allocates is how many bytes the call allocates that gets the body.
func (c answeredCall) allocates(t *testing.T, answer largeAnswer, body string) uint64 {
	t.Helper()
	client := answer.client(t, body)
	return allocatedBy(func() { _, _ = c.call(context.Background(), client) })
}

func TestAnAnswerOfFourMiBAllocatesAtMost64(t *testing.T) {
	eachWorst(t, func(name string, answer largeAnswer, answered answeredCall) {
		body := answer.body(answerSize)
		took := answered.allocates(t, answer, body)
		t.Logf("%s: %d MiB", name, took/mebibyte)
		require.LessOrEqual(t, took, answered.mostAllocated(body), name)
	})
}

func TestTwiceTheAnswerAllocatesTwiceTheMemory(t *testing.T) {
	const most = 2.5
	eachWorst(t, func(name string, answer largeAnswer, answered answeredCall) {
		once := answered.allocates(t, answer, answer.body(mebibyte/4))
		twice := answered.allocates(t, answer, answer.body(mebibyte/2))
		t.Logf("%s: × %.2f", name, float64(twice)/float64(once))
		require.LessOrEqual(t, float64(twice), most*float64(once), name)
	})
}

func TestAnAnswerThatCameWholeCountsThoughTheContextEndedMeanwhile(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		body := failedLogin.body(64 << 10)
		client := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			end := readerFunc(func([]byte) (int, error) {
				<-r.Context().Done()
				return 0, io.EOF
			})
			return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader(body), end)), ContentLength: -1}, nil
		}))
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "p4ssword"})
		e := asError(t, err)
		require.Equal(t, coreapi.Code("X"), e.Code)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

//go:build answercost && !race

package coreapi_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// A step of its own, since it measures time: go test -tags answercost -run AnswerCost .
// With -v it prints the table.

const (
	// maxTimesReading is how many times its reading an answer may take.
	maxTimesReading = 20
	// leastReading keeps the budget from being noise where the reading takes next to no
	// time.
	leastReading = 5 * time.Millisecond
)

// readingTime is how long it takes to read a body, at the best of three: json.Unmarshal into
// any. What is no JSON breaks off that somewhere, at the first byte or at the last, so there
// it is io.ReadAll, which always takes all of it, and is less.
func readingTime(body string) time.Duration {
	if !json.Valid([]byte(body)) {
		return max(leastReading, bestOfThree(func() { _, _ = io.ReadAll(strings.NewReader(body)) }))
	}
	return max(leastReading, bestOfThree(func() {
		var values any
		_ = json.Unmarshal([]byte(body), &values)
	}))
}

// bestOfThree is the shortest of three times that f takes.
func bestOfThree(f func()) time.Duration {
	var best time.Duration
	for i := range 3 {
		begun := time.Now()
		f()
		if took := time.Since(begun); i == 0 || took < best {
			best = took
		}
	}
	return best
}

// costRow is a row of the table.
type costRow struct {
	answer, call string
	took         time.Duration
	multiple     float64
	allocated    uint64
}

func (r costRow) String() string {
	return fmt.Sprintf("%-48s %-18s %6.0f ms %5.1f × %6.1f MiB", r.answer, r.call, float64(r.took)/float64(time.Millisecond), r.multiple, float64(r.allocated)/mebibyte)
}

// callsFor leaves out what gives the same row again: an error is judged alike for each call.
func callsFor(answer largeAnswer) []answeredCall {
	if answer.status >= 300 {
		return answeredCalls[:1]
	}
	return answeredCalls
}

func TestAnswerCostIsAtMostTwentyTimesItsReading(t *testing.T) {
	var rows []costRow
	for _, answer := range largeAnswers() {
		body := answer.body(answerSize)
		reading := readingTime(body)
		client := answer.client(t, body)
		for _, answered := range callsFor(answer) {
			row := costRow{answer: answer.name, call: answered.name}
			call := func() (any, error) { return answered.call(context.Background(), client) }
			begun := time.Now()
			var result any
			var err error
			row.allocated = allocatedBy(func() { result, err = call() })
			printOutcome(result, err)
			row.took = time.Since(begun)
			if row.took > maxTimesReading*reading/2 { // it may have been the machine
				row.took = min(row.took, bestOfThree(func() { printOutcome(call()) }))
			}
			row.multiple = float64(row.took) / float64(reading)
			rows = append(rows, row)
			if most := answered.mostAllocated(body); row.multiple > maxTimesReading || row.allocated > most {
				t.Errorf("%v: at most %d × and %.0f MiB", row, maxTimesReading, float64(most)/mebibyte)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b costRow) int { return cmp.Compare(b.multiple, a.multiple) })
	t.Logf("%d shapes of answer, %d rows", len(largeAnswers()), len(rows))
	for _, row := range rows {
		t.Log(row)
	}
}

func TestAnswerCostOfALoginThatTook74SecondsIsThatOfItsReading(t *testing.T) {
	body := failedLogin.body(answerSize)
	reading := readingTime(body)
	client := failedLogin.client(t, body)
	took := bestOfThree(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := client.Users.Login(ctx, coreapi.LoginRequest{Email: "ana@example.com", Password: "p4ssword"})
		require.Equal(t, coreapi.Code("X"), asError(t, err).Code)
	})
	t.Logf("%v, where reading takes %v", took, reading)
	require.Less(t, took, maxTimesReading*reading)
}

// Decoding is not interruptible, so what a context's end leaves to do is bounded by what an
// answer costs.
func TestAnswerCostIsAllThatIsLeftWhenTheContextEnds(t *testing.T) {
	body := `{` + repeated(`"\u0061":null`, answerSize) + `}`
	reading := readingTime(body)
	var ended time.Time
	client := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		end := readerFunc(func([]byte) (int, error) {
			<-r.Context().Done()
			ended = time.Now()
			return 0, io.EOF
		})
		return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader(body), end)), ContentLength: -1}, nil
	}))
	for _, answered := range answeredCalls {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err := answered.call(ctx, client)
		left := time.Since(ended)
		cancel()
		t.Logf("%s: %v after the context's end, %v", answered.name, left, err)
		require.Less(t, left, maxTimesReading*reading, answered.name)
	}
}

// printOutcome prints a call's outcome as a log would. A map is the caller's own.
func printOutcome(result any, err error) {
	var e *coreapi.Error
	if errors.As(err, &e) {
		_ = e.Error() + e.Report() + logged(e)
		return
	}
	if _, own := result.(map[string]any); !own {
		_ = fmt.Sprint(result)
	}
}

package backoff_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/backoff"
)

const longest = time.Duration(math.MaxInt64)

func TestBackoffIsFullJitterUnderADoublingBound(t *testing.T) {
	for n, bound := range []time.Duration{100e6, 200e6, 400e6, 800e6, 1e9, 1e9, 1e9} {
		var low, high bool
		for range 2000 {
			wait := backoff.FullJitter(100*time.Millisecond, time.Second, n)
			require.GreaterOrEqual(t, wait, time.Duration(0))
			require.Less(t, wait, bound)
			low, high = low || wait < bound/10, high || wait > bound*9/10
		}
		require.True(t, low && high, "the whole range is used")
	}
}

func TestBackoffNeverOverflows(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 30, 61, 62, 63, 64, 1000, math.MaxInt} {
		require.Less(t, backoff.FullJitter(100*time.Millisecond, time.Second, n), time.Second)
		for _, base := range []time.Duration{1, time.Hour, longest} {
			for range 100 {
				require.GreaterOrEqual(t, backoff.FullJitter(base, longest, n), time.Duration(0))
			}
		}
	}
}

func TestBackoffStaysUnderTheLimitThoughTheBaseIsOverIt(t *testing.T) {
	for range 100 {
		require.Less(t, backoff.FullJitter(time.Hour, time.Millisecond, 0), time.Millisecond)
	}
}

func TestABaseOrALimitOfNothingIsNoWait(t *testing.T) {
	for _, n := range []int{0, 1, 100} {
		require.Zero(t, backoff.FullJitter(0, time.Hour, n))
		require.Zero(t, backoff.FullJitter(time.Hour, 0, n))
		require.Zero(t, backoff.FullJitter(-1, -1, n))
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	in30 := now.Add(30 * time.Second)
	for value, want := range map[string]time.Duration{
		"":                                       0,
		"0":                                      0,
		"7":                                      7 * time.Second,
		" 7 ":                                    7 * time.Second,
		"-7":                                     0,
		"+7":                                     0,
		"1.5":                                    2 * time.Second,
		"2.0":                                    2 * time.Second,
		"0.001":                                  time.Second,
		"9223372036.9":                           9223372036 * time.Second,
		"99999999999999999999.5":                 longest,
		"1.5.1":                                  0,
		".5":                                     0,
		"5.":                                     0,
		"-1.5":                                   0,
		"1.5s":                                   0,
		"soon":                                   0,
		"9223372036":                             9223372036 * time.Second,
		"9223372037":                             longest,
		"18446744073709551615":                   longest,
		"99999999999999999999999999":             longest,
		in30.Format(http.TimeFormat):             30 * time.Second,
		in30.Format(time.RFC850):                 30 * time.Second,
		in30.Format(time.ANSIC):                  30 * time.Second,
		now.Add(-time.Hour).Format(time.ANSIC):   0,
		"Fri, 31 Dec 9999 23:59:59 GMT":          longest,
		"Fri, 99 Dec 9999 23:59:59 GMT":          0,
		in30.Format(time.RFC3339):                0,
		"Mon, 23 Nov 2026 10:00:30 GMT; comment": 0,
	} {
		require.Equal(t, want, backoff.RetryAfter(value, now), "%q", value)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1e9", "18446744073709551616", "Fri, 31 Dec 9999 23:59:59 GMT", "\x00", " 5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		require.GreaterOrEqual(t, backoff.RetryAfter(value, time.Now()), time.Duration(0))
	})
}

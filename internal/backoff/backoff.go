// Package backoff says how long to wait before a retry, and whether there may be one: full
// jitter, the header Retry-After, and a budget that bounds retries in an outage.
package backoff

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// FullJitter draws the wait before retry n, from 0: at random, from 0 up to a bound that
// begins with base, doubles each time and never passes limit. A base or limit of 0 or
// less is no wait.
func FullJitter(base, limit time.Duration, n int) time.Duration {
	if base <= 0 || limit <= 0 {
		return 0
	}
	bound := limit
	if n = max(n, 0); n < 63 && base <= limit>>n {
		bound = base << n
	}
	return rand.N(bound)
}

// maxDuration is the longest Duration.
const maxDuration = time.Duration(1<<63 - 1)

// RetryAfter reads the value of a Retry-After header: seconds, or a date in any of HTTP's
// forms, which counts from now: the response's own Date, where it has one. Decimals, which
// some servers send, are rounded up. A date that has passed, and what cannot be read, is 0;
// more than a Duration can hold is the longest one. Source: RFC 9110, section 10.2.3.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	whole, fraction, decimals := strings.Cut(value, ".")
	if decimals && isDigits(whole) && isDigits(fraction) {
		return roundedUp(RetryAfter(whole, now), strings.Trim(fraction, "0") != "")
	}
	seconds, err := strconv.ParseUint(value, 10, 64)
	switch {
	case err == nil && seconds <= uint64(maxDuration/time.Second):
		return time.Duration(seconds) * time.Second
	case err == nil, errors.Is(err, strconv.ErrRange):
		return maxDuration
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// roundedUp adds a second where there is a fraction of one, and room for it.
func roundedUp(d time.Duration, fraction bool) time.Duration {
	if fraction && d <= maxDuration-time.Second {
		d += time.Second
	}
	return d
}

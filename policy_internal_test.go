package coreapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPolicyDefaultsNeverDisableOneAnother(t *testing.T) {
	d := DefaultRetryPolicy()
	require.Equal(t, RetryPolicy{MaxAttempts: 4, BaseBackoff: 500 * time.Millisecond, MaxBackoff: 20 * time.Second, MaxRetryAfter: time.Minute}, d)
	require.Equal(t, 1, NoRetry().MaxAttempts)
	for name, test := range map[string]struct{ set, want RetryPolicy }{
		"attempts":        {RetryPolicy{MaxAttempts: 9}, RetryPolicy{9, d.BaseBackoff, d.MaxBackoff, d.MaxRetryAfter, nil}},
		"long base":       {RetryPolicy{BaseBackoff: time.Hour}, RetryPolicy{4, time.Hour, time.Hour, d.MaxRetryAfter, nil}},
		"short base":      {RetryPolicy{BaseBackoff: 1}, RetryPolicy{4, 1, d.MaxBackoff, d.MaxRetryAfter, nil}},
		"short max":       {RetryPolicy{MaxBackoff: 1}, RetryPolicy{4, 1, 1, d.MaxRetryAfter, nil}},
		"long max":        {RetryPolicy{MaxBackoff: time.Hour}, RetryPolicy{4, d.BaseBackoff, time.Hour, d.MaxRetryAfter, nil}},
		"max retry after": {RetryPolicy{MaxRetryAfter: 1}, RetryPolicy{4, d.BaseBackoff, d.MaxBackoff, 1, nil}},
	} {
		require.Equal(t, test.want, test.set.withDefaults(), name)
	}
}

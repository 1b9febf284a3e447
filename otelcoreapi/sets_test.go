package otelcoreapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

func TestSetsAreUsedAgainAndNoMoreOfThemAreKeptThanTheLimit(t *testing.T) {
	var s sets[int]
	for i := range 2 * maxSets {
		_, known := s.get(i)
		require.False(t, known)
		require.Len(t, s.add(i, metric.WithAttributeSet(attribute.NewSet(attribute.Int("i", i)))), 1)
	}
	require.Len(t, s.known, maxSets)
	kept, known := s.get(1)
	require.True(t, known)
	require.Equal(t, []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attribute.Int("i", 1)))}, kept)
	_, known = s.get(2*maxSets - 1)
	require.False(t, known)
}

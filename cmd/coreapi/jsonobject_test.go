package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnObjectKeepsItsOrderAndItsText(t *testing.T) {
	short := object{{"b", 1}, {"a", object{}}}
	long := short.with(member{"<&>", []string{"\u2028 é"}})
	text, err := encodeJSON(long, "")
	require.NoError(t, err)
	assert.Equal(t, `{"b":1,"a":{},"<&>":["\u2028 é"]}`+"\n", string(text))
	assert.Equal(t, object{{"b", 1}, {"a", object{}}}, short)
	assert.True(t, long.has("<&>"))
	assert.False(t, short.has("<&>"))
}

func TestAnObjectSaysWhatCannotBeWritten(t *testing.T) {
	_, err := encodeJSON(object{{"a", object{{"b", func() {}}}}}, "")
	require.ErrorContains(t, err, "unsupported type: func()")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

func TestEveryCodeHasANotice(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		err := coreapi.NewError(info.Code, "the API's own words")
		n := noticeFor(err)
		assert.NotEmpty(t, n.Title, info.Code)
		assert.NotEmpty(t, n.Text, info.Code)
		assert.GreaterOrEqual(t, n.Status, http.StatusOK, info.Code)
		assert.NotContains(t, n.Title+n.Text, string(info.Code))
		assert.NotContains(t, n.Title+n.Text, "own words")
		if info.Action == coreapi.ActionContactAdmin {
			assert.True(t, n.Quote, "%s is a case for the admin, so there is a reference", info.Code)
		}
		if info.Retryable {
			assert.True(t, n.Again, info.Code)
		}
		assert.Equal(t, n, noticeFor(fmt.Errorf("wrapped: %w", err)), info.Code)
	}
}

func TestBothCredentialCodesLookAlike(t *testing.T) {
	unknown, wrong := coreapi.NewError(coreapi.CodeUserNotFound, "no such user"), coreapi.NewError(coreapi.CodeInvalidPassword, "wrong")
	require.Equal(t, noticeFor(unknown), noticeFor(wrong))
	require.False(t, noticeFor(wrong).Quote)
}

func TestWhatHasNoCode(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	_, tooLate := coreapitest.New().Client().Clients.Info(expired)
	require.ErrorIs(t, tooLate, context.DeadlineExceeded)
	for name, tt := range map[string]struct {
		err   error
		again bool
	}{
		"the page's deadline": {tooLate, true},
		"a gateway":           {&coreapi.Error{StatusCode: 502, Method: "GET"}, true},
		"too many requests":   {&coreapi.Error{StatusCode: 429}, true},
		"an unknown code":     {coreapi.NewError("NEW_CODE", ""), false},
		"an unknown answer":   {&coreapi.Error{StatusCode: 400}, false},
		"not an API's error":  {errors.New("bug"), false},
		"a context, bare":     {context.Canceled, false},
		"no error of the SDK": {(*coreapi.Error)(nil), false},
	} {
		n := noticeFor(tt.err)
		assert.Equal(t, tt.again, n.Again, name)
		assert.True(t, n.Quote, name)
	}
}

func TestReference(t *testing.T) {
	assert.Equal(t, "id-1", referenceOf(fmt.Errorf("wrapped: %w", &coreapi.Error{RequestID: "id-1"})))
	assert.Empty(t, referenceOf(errors.New("bug")))
}

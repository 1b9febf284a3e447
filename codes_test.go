package coreapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// groupsOf is the contract, written down a second time: which groups match which
// code when the call had it once.
var groupsOf = map[Code][]error{
	CodeClientClosedRequest:    nil,
	CodeClientAccountInactive:  {ErrClientAccount, ErrContactAdmin},
	CodeClientAccountSuspended: {ErrClientAccount, ErrContactAdmin},
	CodeClientAccountDeleted:   {ErrClientAccount, ErrContactAdmin},
	CodeClientKeyNotFound:      {ErrContactAdmin},
	CodeEndpointForbidden:      {ErrContactAdmin},
	CodeUserNotFound:           {ErrCredentials},
	CodeInvalidPassword:        {ErrCredentials},
	CodeUserNotActive:          {ErrUserAccount, ErrContactAdmin},
	CodeUserSuspended:          {ErrUserAccount, ErrContactAdmin},
	CodeUserDeleted:            {ErrUserAccount, ErrContactAdmin},
	CodeFailedUpdateUserToken:  nil,
	CodeRequestTimeout:         nil,
	CodeDuplicateKey:           nil,
	CodeInvalidObjectID:        nil,
}

func allSentinels() []error {
	all := []error{
		ErrClientAccount, ErrUserAccount, ErrCredentials, ErrContactAdmin, ErrUnknownCode,
		ErrInvalidArgument, ErrUnexpectedResponse, ErrResponseTooLarge, ErrRedirect,
	}
	for _, info := range Catalogue() {
		all = append(all, info.Sentinel)
	}
	return all
}

func requireMatchesExactly(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, target := range allSentinels() {
		require.Equal(t, slices.Contains(want, target), errors.Is(err, target), "%v against %v", err, target)
	}
}

func TestEveryCodeMatchesItsSentinelAndGroupsAndNothingElse(t *testing.T) {
	shapes := map[string]struct {
		body string
		from int // the lowest status at which the shape is read
	}{
		"code and message":   {`{"code":"%s","message":"words"}`, 200},
		"code alone":         {`{"code":"%s"}`, 200},
		"any letter case":    {`{"CODE":"%s","Message":"words"}`, 200},
		"padded code":        {`{"code":" %s\n","message":"words"}`, 200},
		"message as a list":  {`{"code":"%s","message":["words","more"]}`, 200},
		"message as a thing": {`{"message":{"en":"words"},"code":"%s"}`, 200},
		"escaped key":        {`{"\u0063ode":"%s"}`, 200},
		"byte order mark":    {"\ufeff" + `{"code":"%s"}`, 200},
		"nested":             {`{"error":{"code":"%s","message":"words"}}`, 300},
		"nested, any case":   {`{"Error":{"Code":"%s"}}`, 300},
	}
	require.Len(t, groupsOf, len(Catalogue()))
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, info := range Catalogue() {
				want := append([]error{info.Sentinel}, groupsOf[info.Code]...)
				for status := shape.from; status <= 599; status++ {
					body := strings.ReplaceAll(fmt.Sprintf(shape.body, info.Code), "\n", `\n`)
					err := get(newClient(t, scripted(answer{status: status, body: body}), WithRetryPolicy(NoRetry())))
					e := asError(t, err)
					require.Equal(t, info.Code, e.Code, "status %d", status)
					require.Equal(t, status, e.StatusCode)
					if status%100 == 3 { // the wrappings cost time, so not at each status
						for _, wrapped := range []error{err, fmt.Errorf("around: %w", err), errors.Join(errors.New("other"), err)} {
							requireMatchesExactly(t, wrapped, want...)
							require.Equal(t, info.Code, CodeOf(wrapped))
						}
					}
				}
			}
		})
	}
}

func TestNestedShapeIsNotReadInASuccess(t *testing.T) {
	for _, info := range Catalogue() {
		c := newClient(t, scripted(answer{status: 200, body: `{"error":{"code":"` + string(info.Code) + `"}}`}))
		require.NoError(t, get(c), info.Code)
	}
}

func TestCatalogueIsACopyInTheReferencesOrder(t *testing.T) {
	first := Catalogue()
	first[0].Code = "CHANGED"
	second := Catalogue()
	require.Equal(t, CodeClientClosedRequest, second[0].Code)
	require.Equal(t, CodeInvalidObjectID, second[14].Code)
	require.Len(t, second, 15)
	for _, info := range second {
		require.NotEmpty(t, info.Meaning)
		require.NotEmpty(t, info.Advice)
		require.Contains(t, []string{"client", "user", "other"}, info.Group)
		require.Equal(t, info.Action == ActionRetry, info.Retryable)
	}
}

func TestCodeOfAndIsRetryableKnowBareSentinelsAndNothing(t *testing.T) {
	require.Empty(t, CodeOf(nil))
	require.Empty(t, CodeOf(errors.New("other")))
	require.Empty(t, CodeOf((*Error)(nil)))
	require.Empty(t, CodeOf(ErrContactAdmin))
	require.Equal(t, CodeInvalidPassword, CodeOf(fmt.Errorf("mock: %w", ErrInvalidPassword)))
	require.True(t, IsRetryable(ErrRequestTimeout))
	require.False(t, IsRetryable(ErrInvalidPassword))
	require.False(t, IsRetryable(nil))
	require.False(t, IsRetryable((*Error)(nil)))
	require.False(t, IsRetryable(context.Canceled))
}

func TestUnknownCodesAreUnknownAndKept(t *testing.T) {
	for _, code := range []string{"WEIRD", "invalid_password", "404"} {
		err := get(newClient(t, scripted(answer{status: http.StatusBadRequest, body: `{"code":"` + code + `"}`})))
		requireMatchesExactly(t, err, ErrUnknownCode)
		require.Equal(t, Code(code), CodeOf(err))
	}
	requireMatchesExactly(t, NewError("WEIRD", ""), ErrUnknownCode)
	requireMatchesExactly(t, NewError("", "words"), ErrUnknownCode)
	requireMatchesExactly(t, &Error{})
	requireMatchesExactly(t, &Error{StatusCode: 502}, ErrUnknownCode)
}

func TestNewErrorIsWhatACallWouldReturn(t *testing.T) {
	for _, info := range Catalogue() {
		e := NewError(info.Code, "words")
		requireMatchesExactly(t, e, append([]error{info.Sentinel}, groupsOf[info.Code]...)...)
		want := DeliveryRejected
		if info.Code == CodeRequestTimeout || info.Code == CodeClientClosedRequest {
			want = DeliveryUnknown
		}
		require.Equal(t, want, e.Delivery, info.Code)
		require.Equal(t, info.Retryable, IsRetryable(e))
		g, ok := GuidanceFor(e)
		require.True(t, ok)
		require.Equal(t, info.Action, g.Action)
		require.Equal(t, info.Advice, g.Advice)
	}
}

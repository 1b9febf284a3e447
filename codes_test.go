package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// groupsOf is the contract, written down a second time: which groups match which
// code when the call had it once.
var groupsOf = map[coreapi.Code][]error{
	coreapi.CodeClientClosedRequest:    nil,
	coreapi.CodeClientAccountInactive:  {coreapi.ErrClientAccount, coreapi.ErrContactAdmin},
	coreapi.CodeClientAccountSuspended: {coreapi.ErrClientAccount, coreapi.ErrContactAdmin},
	coreapi.CodeClientAccountDeleted:   {coreapi.ErrClientAccount, coreapi.ErrContactAdmin},
	coreapi.CodeClientKeyNotFound:      {coreapi.ErrContactAdmin},
	coreapi.CodeEndpointForbidden:      {coreapi.ErrContactAdmin},
	coreapi.CodeUserNotFound:           {coreapi.ErrCredentials},
	coreapi.CodeInvalidPassword:        {coreapi.ErrCredentials},
	coreapi.CodeUserNotActive:          {coreapi.ErrUserAccount, coreapi.ErrContactAdmin},
	coreapi.CodeUserSuspended:          {coreapi.ErrUserAccount, coreapi.ErrContactAdmin},
	coreapi.CodeUserDeleted:            {coreapi.ErrUserAccount, coreapi.ErrContactAdmin},
	coreapi.CodeFailedUpdateUserToken:  nil,
	coreapi.CodeRequestTimeout:         nil,
	coreapi.CodeDuplicateKey:           nil,
	coreapi.CodeInvalidObjectID:        nil,
}

// isDocumented reports whether the reference lists a code.
func isDocumented(code coreapi.Code) bool {
	return slices.ContainsFunc(coreapi.Catalogue(), func(info coreapi.CodeInfo) bool { return info.Code == code })
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
	require.Len(t, groupsOf, len(coreapi.Catalogue()))
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, info := range coreapi.Catalogue() {
				want := append([]error{info.Sentinel}, groupsOf[info.Code]...)
				for status := shape.from; status <= 599; status++ {
					body := strings.ReplaceAll(fmt.Sprintf(shape.body, info.Code), "\n", `\n`)
					err := get(newClient(t, scripted(answer{status: status, body: body}), coreapi.WithRetryPolicy(coreapi.NoRetry())))
					e := asError(t, err)
					require.Equal(t, info.Code, e.Code, "status %d", status)
					require.Equal(t, status, e.StatusCode)
					if status%100 == 3 { // the wrappings cost time, so not at each status
						for _, wrapped := range []error{err, fmt.Errorf("around: %w", err), errors.Join(errors.New("other"), err)} {
							requireMatchesExactly(t, wrapped, want...)
							require.Equal(t, info.Code, coreapi.CodeOf(wrapped))
						}
					}
				}
			}
		})
	}
}

func TestNestedShapeIsNotReadInASuccess(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		c := newClient(t, scripted(answer{status: 200, body: `{"error":{"code":"` + string(info.Code) + `"}}`}))
		require.NoError(t, get(c), info.Code)
	}
}

func TestCatalogueIsACopyInTheReferencesOrder(t *testing.T) {
	first := coreapi.Catalogue()
	first[0].Code = "CHANGED"
	second := coreapi.Catalogue()
	require.Equal(t, coreapi.CodeClientClosedRequest, second[0].Code)
	require.Equal(t, coreapi.CodeInvalidObjectID, second[14].Code)
	require.Len(t, second, 15)
	for _, info := range second {
		require.NotEmpty(t, info.Meaning)
		require.NotEmpty(t, info.Advice)
		require.Contains(t, []string{"client", "user", "other"}, info.Group)
		require.Equal(t, info.Action == coreapi.ActionRetry, info.Retryable)
	}
}

func TestCodeOfAndIsRetryableKnowBareSentinelsAndNothing(t *testing.T) {
	require.Empty(t, coreapi.CodeOf(nil))
	require.Empty(t, coreapi.CodeOf(errors.New("other")))
	require.Empty(t, coreapi.CodeOf((*coreapi.Error)(nil)))
	require.Empty(t, coreapi.CodeOf(coreapi.ErrContactAdmin))
	require.Equal(t, coreapi.CodeInvalidPassword, coreapi.CodeOf(fmt.Errorf("mock: %w", coreapi.ErrInvalidPassword)))
	require.True(t, coreapi.IsRetryable(coreapi.ErrRequestTimeout))
	require.False(t, coreapi.IsRetryable(coreapi.ErrInvalidPassword))
	require.False(t, coreapi.IsRetryable(nil))
	require.False(t, coreapi.IsRetryable((*coreapi.Error)(nil)))
	require.False(t, coreapi.IsRetryable(context.Canceled))
}

func TestUnknownCodesAreUnknownAndKept(t *testing.T) {
	for _, code := range []string{"WEIRD", "invalid_password", "404"} {
		err := get(newClient(t, scripted(answer{status: http.StatusBadRequest, body: `{"code":"` + code + `"}`})))
		requireMatchesExactly(t, err, coreapi.ErrUnknownCode)
		require.Equal(t, coreapi.Code(code), asError(t, err).Code)
		require.Empty(t, coreapi.CodeOf(err), "a label holds documented codes alone")
	}
	requireMatchesExactly(t, coreapi.NewError("WEIRD", ""), coreapi.ErrUnknownCode)
	requireMatchesExactly(t, coreapi.NewError("", "words"), coreapi.ErrUnknownCode)
	requireMatchesExactly(t, &coreapi.Error{})
	requireMatchesExactly(t, &coreapi.Error{StatusCode: 502}, coreapi.ErrUnknownCode)
}

func TestNewErrorIsWhatACallWouldReturn(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		e := coreapi.NewError(info.Code, "words")
		requireMatchesExactly(t, e, append([]error{info.Sentinel}, groupsOf[info.Code]...)...)
		want := coreapi.DeliveryRejected
		if info.Code == coreapi.CodeRequestTimeout || info.Code == coreapi.CodeClientClosedRequest {
			want = coreapi.DeliveryUnknown
		}
		require.Equal(t, want, e.Delivery, info.Code)
		require.Equal(t, info.Retryable, coreapi.IsRetryable(e))
		g, ok := coreapi.GuidanceFor(e)
		require.True(t, ok)
		require.Equal(t, info.Action, g.Action)
		require.Equal(t, info.Advice, g.Advice)
	}
}

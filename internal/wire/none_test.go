package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func TestFalseAndZeroAreNoTokenAndNoFailure(t *testing.T) {
	stateless := status(`{"token":"{userToken}","error":"{failureCode}"}`)
	for _, result := range []string{`{"token":false}`, `{"token":0}`, `{"error":false}`, `{"token":false,"error":0}`, `{"token":"t","token":false}`} {
		values, _ := decoded(t, stateless, wire.LoginStatus, result)
		require.Equal(t, wire.Values{wire.State: wire.Pending}, values, result)
	}
	for result, want := range map[string]string{`{"token":"t","error":0}`: wire.Succeeded, `{"token":false,"error":17}`: wire.Failed, `{"error":true}`: wire.Failed} {
		values, _ := decoded(t, stateless, wire.LoginStatus, result)
		require.Equal(t, want, values[wire.State], result)
	}
	require.Equal(t, "the response has no {userToken} at token: token is a bool",
		decodeError(t, status(`{"state":"{state}","token":"{userToken}"}`), wire.LoginStatus, `{"state":"succeeded","token":false}`))
	require.Equal(t, "the response has no {id} at id: id is a bool", decodeError(t, wire.Source{}, wire.GetDevice, `{"id":false}`))
}

func TestTrueIsNoTokenAndNoID(t *testing.T) {
	require.Equal(t, `token is not of the form "Bearer {userToken}"`,
		decodeError(t, status(`{"token":"Bearer {userToken}"}`), wire.LoginStatus, `{"token":true}`))
	require.Equal(t, `id is not of the form "{id}"`, decodeError(t, wire.Source{}, wire.GetDevice, `{"id":true}`))
	require.Equal(t, `url is not of the form "{url}"`, decodeError(t, wire.Source{}, wire.StartLogin, `{"reqToken":"r","url":true}`))
}

func TestAMemberWithALongNameIsNotShown(t *testing.T) {
	token := strings.Repeat("s3cret", 8)
	require.Equal(t, "the response has no {id} at id: the response has the members a, …",
		decodeError(t, wire.Source{}, wire.GetDevice, `{"`+token+`":{},"a":1,"`+token+`2":1}`))
}

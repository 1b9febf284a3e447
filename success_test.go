package coreapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// emptySuccesses are bodies at 200 that have what no operation is for.
var emptySuccesses = map[string]string{
	"an empty object":              `{}`,
	"no body":                      "",
	"white space":                  " \n",
	"null":                         `null`,
	"true":                         `true`,
	"a number":                     `1`,
	"a string":                     `"ok"`,
	"an empty string":              `""`,
	"an empty list":                `[]`,
	"a list of objects":            `[{"id":"d1","state":"succeeded","userToken":"t"}]`,
	"HTML":                         `<html><body>OK</body></html>`,
	"broken JSON":                  `{"id":"d1","state":"succeeded","userToken":"t"`,
	"two objects":                  `{"id":"d1"}{"id":"d1"}`,
	"another object":               `{"result":"ok","took":3}`,
	"an envelope":                  `{"data":{"id":"d1","state":"succeeded","userToken":"t","reqToken":"r","url":"https://a.example/"}}`,
	"a success flag":               `{"success":true,"message":"done"}`,
	"a flag that says no":          `{"success":false,"message":"not allowed"}`,
	"an undocumented code":         `{"code":"MAINTENANCE","message":"back at ten"}`,
	"an undocumented nested code":  `{"error":{"code":"E42","message":"no"}}`,
	"an error text":                `{"error":"not allowed"}`,
	"null members":                 `{"id":null,"name":null,"status":null,"state":null,"userToken":null,"reqToken":null,"url":null}`,
	"empty members":                `{"id":"","name":"","status":"","state":"","userToken":"","reqToken":"","url":""}`,
	"members of another kind":      `{"id":{},"name":[],"status":true,"state":[],"userToken":{},"reqToken":false,"url":{}}`,
	"an unknown state":             `{"state":"almost","userToken":"t"}`,
	"an unknown state of odd text": `{"state":"al\u0000most <there>","userToken":"t"}`,
	"a state as a number":          `{"state":1,"userToken":"t"}`,
	"a success without its token":  `{"state":"succeeded"}`,
	"a success, token empty":       `{"state":"succeeded","userToken":""}`,
	"a URL without host":           `{"reqToken":"r","url":"/login"}`,
	"a URL that runs a script":     `{"reqToken":"r","url":"javascript:alert(1)"}`,
	"a URL in the clear":           `{"reqToken":"r","url":"http://login.example.com/"}`,
	"a reqToken without URL":       `{"reqToken":"r"}`,
}

func TestAnAnswerAt200ThatSaysNothingIsNeverASuccess(t *testing.T) {
	for name, op := range operationCalls {
		for what, body := range emptySuccesses {
			t.Run(name+"/"+what, func(t *testing.T) {
				inFakeTime(t, func(t *testing.T) {
					s := scripted(answer{body: body})
					requireMatchesExactly(t, op.call(newClient(t, s)), coreapi.ErrUnexpectedResponse)
					require.Equal(t, 1, s.count())
				})
			})
		}
	}
}

func TestAnAnswerThatSaysNoByADocumentedCodeIsThatCodesErrorAtAnyPlaceInIt(t *testing.T) {
	for name, op := range operationCalls {
		for what, body := range map[string]string{
			"top level":              `{"code":"USER_SUSPENDED","message":"words"}`,
			"nested":                 `{"error":{"code":"USER_SUSPENDED","message":"words"}}`,
			"beside other members":   `{"code":"USER_SUSPENDED","message":"words","took":3,"data":null}`,
			"beside a broken result": `{"code":"USER_SUSPENDED","message":"words","id":{},"state":[],"url":7}`,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				inFakeTime(t, func(t *testing.T) {
					err := op.call(newClient(t, scripted(answer{body: body})))
					requireMatchesExactly(t, err, coreapi.ErrUserSuspended, coreapi.ErrUserAccount, coreapi.ErrContactAdmin)
					require.Equal(t, "words", asError(t, err).Message)
					require.Equal(t, 200, asError(t, err).StatusCode)
				})
			})
		}
	}
}

func TestAnAnswerThatHasWhatTheOperationIsForIsASuccessWhateverElseIsInIt(t *testing.T) {
	for name, op := range operationCalls {
		for _, more := range []string{"", `,"code":"REQUEST_TIMEOUT"`, `,"code":"USER_SUSPENDED","message":"m"`, `,"error":{"code":"DUPLICATE_KEY"}`} {
			body := op.success[:len(op.success)-1] + more + "}"
			s := scripted(answer{body: body})
			c := newClient(t, s)
			require.NoError(t, op.call(c), "%s: %s", name, body)
			require.Equal(t, 1, s.count())
		}
	}
}

func TestA204IsNoSuccessOfAnOperation(t *testing.T) {
	for name, op := range operationCalls {
		err := op.call(newClient(t, scripted(answer{status: 204})))
		requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
		require.ErrorContains(t, err, "204", name)
	}
}

func TestWhatIsMissingAndWhatIsThereIsNamedButNoValueIs(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":true,"data":{"token":"s3cret"}}`:   `the response has no state: the body has the members status, data`,
		`{"state":"DONE_1.x-y","userToken":"s3cret"}`: `the state "DONE_1.x-y" is none that the SDK knows: the body has the members state, userToken`,
		`{"state":"s3cret s3cret"}`:                   `the state is a word that the SDK does not know: the body has the members state`,
		`{"state":"succeeded","token":"s3cret"}`:      `the login has succeeded, but the response has no userToken: the body has the members state, token`,
		`{"state":"pending","userToken":"s3cret"}`:    `the state is "pending", but a login with credentials succeeds or fails`,
		`{}`:             `the response has no state: the body is an empty object`,
		`{"a\u0000b":1}`: `the body has the members a\x00b`,
	} {
		err := operationCalls["Users.Login"].call(newClient(t, scripted(answer{body: body})))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "s3cret")
		require.NotContains(t, asError(t, err).Report(), "s3cret")
	}
}

func TestMembersThatAnAnswerNamesAreMaskedAndBounded(t *testing.T) {
	err := operationCalls["Users.Login"].call(newClient(t, scripted(answer{body: `{"p4ssword":1}`})))
	require.NotContains(t, err.Error(), "p4ssword")
	var many strings.Builder
	many.WriteString(`{"a":1`)
	for i := range 1000 {
		fmt.Fprintf(&many, `,"member-%d-%s":1`, i, strings.Repeat("x", 100))
	}
	err = operationCalls["Users.Login"].call(newClient(t, scripted(answer{body: many.String() + "}"})))
	cause := asError(t, err).Unwrap()[0].Error()
	require.Less(t, len(cause), 1000)
	require.True(t, strings.HasSuffix(cause, "…"), cause)
}

func TestDoTakesADocumentedCodeForAnErrorOnlyAmongAnEnvelopesWords(t *testing.T) {
	do := func(body string, opts ...coreapi.Option) error {
		_, err := coreapi.Do[map[string]any](context.Background(), newClient(t, scripted(answer{body: body}), opts...), coreapi.Request{Path: "/x"})
		return err
	}
	for _, body := range []string{
		codeBody(coreapi.CodeUserDeleted),
		`{"code":"USER_DELETED"}`,
		`{"status":200,"success":false,"code":"USER_DELETED","errors":["x"],"timestamp":1,"requestId":"a","path":"/x","statusCode":200,"error":"e"}`,
		`{"code":"USER_DELETED","data":null,"result":null}`,
	} {
		require.ErrorIs(t, do(body), coreapi.ErrUserDeleted, body)
		_, err := coreapi.Do[struct{}](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, coreapi.ErrUserDeleted, body)
		_, err = coreapi.Do[coreapi.RawJSON](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, coreapi.ErrUserDeleted, body)
	}
	for _, body := range []string{
		`{"code":"USER_DELETED","name":"a product"}`,
		`{"code":"SUCCESS","message":"fine"}`,
		`{"error":{"code":"USER_DELETED"}}`,
		`{"items":[{"code":"USER_DELETED"}]}`,
	} {
		require.NoError(t, do(body), body)
	}
	_, err := coreapi.Do[struct{ Name int }](context.Background(), newClient(t, scripted(answer{body: `{"code":"USER_DELETED","name":"x"}`})), coreapi.Request{Path: "/x"})
	requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
}

func TestA2xxThatWasCutShortIsJudgedByItsCodeWhereItIsWhole(t *testing.T) {
	cut := answer{body: codeBody(coreapi.CodeUserDeleted), cut: http.ErrBodyReadAfterClose}
	require.ErrorIs(t, operationCalls["Devices.Save"].call(newClient(t, scripted(cut))), coreapi.ErrUserDeleted)
	cut.body = `{"id":"d1"}`
	requireMatchesExactly(t, operationCalls["Devices.Save"].call(newClient(t, scripted(cut))), coreapi.ErrUnexpectedResponse)
}

func TestAnInfoThatHasNothingButAnEnvelopesWordsIsNone(t *testing.T) {
	info := func(body string) error {
		return operationCalls["Clients.Info"].call(newClient(t, scripted(answer{body: body})))
	}
	require.ErrorIs(t, info(`{"status":401,"code":"UNITSYSTEM00001","message":"key not found"}`), coreapi.ErrClientKeyNotFound)
	require.ErrorIs(t, info(`{"status":"error","code":"CLIENT_ACCOUNT_SUSPENDED"}`), coreapi.ErrClientSuspended)
	for _, body := range []string{`{"status":"error","message":"x"}`, `{"status":400}`, `{"status":"fail","error":"x"}`, `{"status":"ok","success":false}`} {
		requireMatchesExactly(t, info(body), coreapi.ErrUnexpectedResponse)
	}
	for _, body := range []string{`{"status":"active"}`, `{"status":"active","since":"2025"}`, `{"id":"c1","message":"hello"}`, `{"name":"Shop","status":"active"}`} {
		require.NoError(t, info(body), body)
	}
}

func TestAFailedLoginMaySayWhyAsAnyErrorDoes(t *testing.T) {
	for _, body := range []string{
		`{"state":"failed","code":"INVALID_PASSWORD","message":"words"}`,
		`{"state":"failed","error":{"code":"INVALID_PASSWORD","message":"words"}}`,
		`{"state":"failed","failureCode":"INVALID_PASSWORD","failureMessage":"words","code":"USER_DELETED"}`,
	} {
		for _, name := range []string{"Users.Login", "Users.WaitForLogin"} {
			err := operationCalls[name].call(newClient(t, scripted(answer{body: body})))
			requireMatchesExactly(t, err, coreapi.ErrInvalidPassword, coreapi.ErrCredentials)
			require.Equal(t, "words", asError(t, err).Message)
		}
	}
}

func TestADocumentedCodeUnderErrorCountsBesideAnyOther(t *testing.T) {
	for _, body := range []string{`{"code":200,"error":{"code":"USER_DELETED","message":"words"}}`, `{"code":"ERR","error":{"code":"USER_DELETED"},"message":"words"}`} {
		err := operationCalls["Users.Login"].call(newClient(t, scripted(answer{body: body})))
		require.ErrorIs(t, err, coreapi.ErrUserDeleted)
		require.Equal(t, "words", asError(t, err).Message)
	}
}

func TestATokenOfWhiteSpaceIsNone(t *testing.T) {
	requireMatchesExactly(t, operationCalls["Users.Login"].call(newClient(t, scripted(answer{body: `{"state":"succeeded","userToken":" \t"}`}))), coreapi.ErrUnexpectedResponse)
}

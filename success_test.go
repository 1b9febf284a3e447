package coreapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// operationCall is one operation, and an answer that has what it is for.
type operationCall struct {
	call    func(*Client) error
	success string
}

var operationCalls = map[string]operationCall{
	"Users.Login": {func(c *Client) error {
		_, err := c.Users.Login(context.Background(), LoginRequest{Email: "ana@example.com", Password: "p4ssword"})
		return err
	}, `{"state":"succeeded","userToken":"t","userId":"u"}`},
	"Users.StartLogin": {func(c *Client) error {
		_, err := c.Users.StartLogin(context.Background())
		return err
	}, `{"reqToken":"r","url":"https://login.example.com/?reqToken=r"}`},
	"Users.LoginStatus": {func(c *Client) error {
		_, err := c.Users.LoginStatus(context.Background(), "reqtoken")
		return err
	}, `{"state":"pending"}`},
	"Users.WaitForLogin": {func(c *Client) error {
		_, err := c.Users.WaitForLogin(context.Background(), "reqtoken", WithTimeout(time.Minute))
		return err
	}, `{"state":"succeeded","userToken":"t"}`},
	"Devices.Save": {func(c *Client) error {
		_, err := c.Devices.Save(context.Background(), DeviceInfo{DeviceID: "phone-1"})
		return err
	}, `{"id":"d1","deviceId":"phone-1"}`},
	"Devices.Get": {func(c *Client) error {
		_, err := c.Devices.Get(context.Background(), "d1")
		return err
	}, `{"id":"d1"}`},
	"Clients.Info": {func(c *Client) error {
		_, err := c.Clients.Info(context.Background())
		return err
	}, `{"status":"active"}`},
}

// saysNothing are bodies at 200 that have what no operation is for.
var saysNothing = map[string]string{
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
		for what, body := range saysNothing {
			t.Run(name+"/"+what, func(t *testing.T) {
				inFakeTime(t, func(t *testing.T) {
					s := scripted(answer{body: body})
					requireMatchesExactly(t, op.call(newClient(t, s)), ErrUnexpectedResponse)
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
					requireMatchesExactly(t, err, ErrUserSuspended, ErrUserAccount, ErrContactAdmin)
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

func TestADeviceWhoseOwnCodeIsADocumentedOneIsSavedOnce(t *testing.T) {
	s := scripted(answer{body: `{"id":"d1","deviceId":"phone-1","code":"REQUEST_TIMEOUT"}`})
	device, err := newClient(t, s).Devices.Save(context.Background(),
		DeviceInfo{DeviceID: "phone-1", Extra: map[string]any{"code": "REQUEST_TIMEOUT"}})
	require.NoError(t, err)
	require.Equal(t, "REQUEST_TIMEOUT", device.Info.Extra["code"])
	require.Equal(t, 1, s.count())
}

func TestA204IsNoSuccessOfAnOperation(t *testing.T) {
	for name, op := range operationCalls {
		err := op.call(newClient(t, scripted(answer{status: 204})))
		requireMatchesExactly(t, err, ErrUnexpectedResponse)
		require.ErrorContains(t, err, "204", name)
	}
}

func TestWhatIsMissingAndWhatIsThereIsNamedButNoValueIs(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":true,"data":{"token":"s3cret"}}`:   `the response has no state: the body has the members data, status`,
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

func TestStartLoginTakesHTTPForLoopbackAndWithPlaintextAlone(t *testing.T) {
	answerWith := func(url string) *script { return scripted(answer{body: `{"reqToken":"r","url":"` + url + `"}`}) }
	ctx := context.Background()
	for _, url := range []string{"http://127.0.0.1:8080/x", "http://localhost/x", "https://login.example.com/x"} {
		session, err := newClient(t, answerWith(url)).Users.StartLogin(ctx)
		require.NoError(t, err)
		require.Equal(t, url, session.URL)
	}
	_, err := newClient(t, answerWith("http://login.example.com/")).Users.StartLogin(ctx)
	requireMatchesExactly(t, err, ErrUnexpectedResponse)
	_, err = newClient(t, answerWith("http://login.example.com/"), WithPlaintext()).Users.StartLogin(ctx)
	require.NoError(t, err)
}

func TestIDsAndTextsThatComeAsNumbersAreRead(t *testing.T) {
	ctx := context.Background()
	status, err := newClient(t, scripted(answer{body: `{"state":"succeeded","userToken":7,"userId":42,"reqToken":12345678901234567890}`})).Users.LoginStatus(ctx, "r")
	require.NoError(t, err)
	require.Equal(t, "42", status.UserID)
	require.Equal(t, "7", string(status.UserToken))
	require.Equal(t, "12345678901234567890", string(status.ReqToken))
	info, err := newClient(t, scripted(answer{body: `{"id":7,"name":1.50}`})).Clients.Info(ctx)
	require.NoError(t, err)
	require.Equal(t, "7", info.ID)
	require.Equal(t, "1.50", info.Name)
	device, err := newClient(t, scripted(answer{body: `{"id":9007199254740993,"deviceId":8,"osVersion":15}`})).Devices.Get(ctx, "x")
	require.NoError(t, err)
	require.Equal(t, "9007199254740993", device.ID)
	require.Equal(t, DeviceInfo{DeviceID: "8", OSVersion: "15"}, device.Info)
	session, err := newClient(t, scripted(answer{body: `{"reqToken":5,"url":"https://a.example/"}`})).Users.StartLogin(ctx)
	require.NoError(t, err)
	require.Equal(t, "5", string(session.ReqToken))
	one, err := Do[LoginStatus](ctx, newClient(t, scripted(answer{body: `{"state":"pending","userId":42}`})), Request{Path: "/x"})
	require.NoError(t, err)
	require.Equal(t, "42", one.UserID, "with Do too")
}

func TestAFieldOfAnotherKindIsNamed(t *testing.T) {
	_, err := newClient(t, scripted(answer{body: `{"id":"d1","osVersion":["15"]}`})).Devices.Get(context.Background(), "d1")
	requireMatchesExactly(t, err, ErrUnexpectedResponse)
	_, err = newClient(t, scripted(answer{body: `{"state":"succeeded","userToken":"t","userId":{"a":1}}`})).Users.LoginStatus(context.Background(), "r")
	require.ErrorContains(t, err, "userId")
}

func TestDoTakesADocumentedCodeForAnErrorOnlyAmongAnEnvelopesWords(t *testing.T) {
	do := func(body string, opts ...Option) error {
		_, err := Do[map[string]any](context.Background(), newClient(t, scripted(answer{body: body}), opts...), Request{Path: "/x"})
		return err
	}
	for _, body := range []string{
		codeBody(CodeUserDeleted),
		`{"code":"USER_DELETED"}`,
		`{"status":200,"success":false,"code":"USER_DELETED","errors":["x"],"timestamp":1,"requestId":"a","path":"/x","statusCode":200,"error":"e"}`,
		`{"code":"USER_DELETED","data":null,"result":null}`,
	} {
		require.ErrorIs(t, do(body), ErrUserDeleted, body)
		_, err := Do[struct{}](context.Background(), newClient(t, scripted(answer{body: body})), Request{Path: "/x"})
		require.ErrorIs(t, err, ErrUserDeleted, body)
		_, err = Do[RawJSON](context.Background(), newClient(t, scripted(answer{body: body})), Request{Path: "/x"})
		require.ErrorIs(t, err, ErrUserDeleted, body)
	}
	for _, body := range []string{
		`{"code":"USER_DELETED","name":"a product"}`,
		`{"code":"SUCCESS","message":"fine"}`,
		`{"error":{"code":"USER_DELETED"}}`,
		`{"items":[{"code":"USER_DELETED"}]}`,
	} {
		require.NoError(t, do(body), body)
	}
	_, err := Do[struct{ Name int }](context.Background(), newClient(t, scripted(answer{body: `{"code":"USER_DELETED","name":"x"}`})), Request{Path: "/x"})
	requireMatchesExactly(t, err, ErrUnexpectedResponse)
}

func TestBesideAnEnvelopesResultACodeIsAnErrorAndInsideItData(t *testing.T) {
	envelope := WithProfile(Profile{Envelope: `{"data":"{result}"}`})
	ctx := context.Background()
	for body, want := range map[string]error{
		`{"code":"USER_DELETED","data":{"id":"d1"}}`:        ErrUserDeleted,
		`{"code":"USER_DELETED","data":null}`:               ErrUserDeleted,
		`{"error":{"code":"USER_DELETED"},"data":null}`:     ErrUserDeleted,
		`{"data":{"code":"USER_DELETED"}}`:                  ErrUnexpectedResponse,
		`{"data":{}}`:                                       ErrUnexpectedResponse,
		`{"id":"d1"}`:                                       ErrUnexpectedResponse,
		`{"Data":{"id":"d1"}}`:                              ErrUnexpectedResponse,
		`{"code":"SUCCESS","data":{"id":"d1"}}`:             nil,
		`{"data":{"id":"d1","code":"USER_DELETED"}}`:        nil,
		`{"data":{"id":7},"error":{"code":"USER_DELETED"}}`: nil,
	} {
		_, err := newClient(t, scripted(answer{body: body}), envelope).Devices.Get(ctx, "d1")
		if want == nil {
			require.NoError(t, err, body)
			continue
		}
		require.ErrorIs(t, err, want, body)
	}
	_, err := Do[map[string]any](ctx, newClient(t, scripted(answer{body: `{"code":"USER_DELETED","data":{"a":1}}`}), envelope), Request{Path: "/x"})
	require.ErrorIs(t, err, ErrUserDeleted)
	_, err = newClient(t, scripted(answer{body: `{"result":{"id":"d1"}}`}), envelope).Devices.Get(ctx, "d1")
	require.ErrorContains(t, err, "the response has no data, which the profile's Envelope names: the body has the members result")
}

func TestARepeatedInBandTimeoutForgetsWhatItHalfDecoded(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		s := scripted(answer{body: `{"code":"REQUEST_TIMEOUT","userId":"half"}`}, answer{body: `{"state":"succeeded","userToken":"t"}`})
		status, err := newClient(t, s).Users.Login(context.Background(), LoginRequest{Email: "a@b", Password: "p"})
		require.NoError(t, err)
		require.Empty(t, status.UserID)
		require.Equal(t, 2, s.count())
	})
}

func TestA2xxThatWasCutShortIsJudgedByItsCodeWhereItIsWhole(t *testing.T) {
	cut := answer{body: codeBody(CodeUserDeleted), cut: http.ErrBodyReadAfterClose}
	require.ErrorIs(t, operationCalls["Devices.Save"].call(newClient(t, scripted(cut))), ErrUserDeleted)
	cut.body = `{"id":"d1"}`
	requireMatchesExactly(t, operationCalls["Devices.Save"].call(newClient(t, scripted(cut))), ErrUnexpectedResponse)
}

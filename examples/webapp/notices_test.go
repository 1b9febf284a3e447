package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// The titles, in short.
const (
	cancelled   = "You cancelled the login"
	credentials = "We could not log you in"
	noAccess    = "Your account cannot be used here"
	expired     = "This login has expired"
	perhaps     = "We cannot say whether that worked"
	interrupted = "That was interrupted"
	taken       = "This is registered already"
	later       = "That did not work just now"
	ours        = "Something is wrong on our side"
)

// calls are the operations, each with arguments that the SDK takes.
var calls = map[string]func(context.Context, *coreapi.Client) error{
	"Users.Login": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Users.Login(ctx, coreapi.LoginRequest{Email: account, Password: password})
		return err
	},
	"Users.StartLogin": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Users.StartLogin(ctx)
		return err
	},
	"Users.LoginStatus": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Users.LoginStatus(ctx, "token")
		return err
	},
	"Devices.Save": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "d"})
		return err
	},
	"Devices.Get": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Devices.Get(ctx, "d")
		return err
	},
	"Clients.Info": func(ctx context.Context, c *coreapi.Client) error {
		_, err := c.Clients.Info(ctx)
		return err
	},
}

// wanted is a notice's title and status. other says where an operation differs.
type wanted struct {
	title  string
	status int
	other  map[string]string
}

func (w wanted) titleOf(operation string) string {
	if title, differs := w.other[operation]; differs {
		return title
	}
	return w.title
}

// noticeOf calls an operation of a fake that answers with the fault for ever.
func noticeOf(t *testing.T, operation string, fault coreapitest.Fault) (n notice) {
	synctest.Test(t, func(t *testing.T) {
		fake := coreapitest.New()
		fault.Times = -1
		fake.Inject(fault)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := calls[operation](ctx, fake.Client())
		require.Error(t, err)
		n = noticeFor(err)
		assert.Equal(t, n, noticeFor(fmt.Errorf("wrapped: %w", err)), "wrapping changes nothing")
		if n.Quote {
			requests := fake.Requests()
			assert.Equal(t, requests[len(requests)-1].Header.Get("X-Request-Id"), referenceOf(err), "the admin finds it")
		}
	})
	return n
}

func devices(title string) map[string]string {
	return map[string]string{"Devices.Save": title, "Devices.Get": title, "Clients.Info": title}
}

var ofCodes = map[coreapi.Code]wanted{
	coreapi.CodeClientClosedRequest:    {interrupted, http.StatusServiceUnavailable, map[string]string{"Devices.Save": perhaps}},
	coreapi.CodeClientAccountInactive:  {title: ours, status: http.StatusBadGateway},
	coreapi.CodeClientAccountSuspended: {title: ours, status: http.StatusBadGateway},
	coreapi.CodeClientAccountDeleted:   {title: ours, status: http.StatusBadGateway},
	coreapi.CodeClientKeyNotFound:      {title: ours, status: http.StatusBadGateway},
	coreapi.CodeEndpointForbidden:      {title: ours, status: http.StatusBadGateway},
	coreapi.CodeUserNotFound:           {credentials, http.StatusForbidden, devices(expired)},
	coreapi.CodeInvalidPassword:        {credentials, http.StatusForbidden, devices(expired)},
	coreapi.CodeUserNotActive:          {title: noAccess, status: http.StatusForbidden},
	coreapi.CodeUserSuspended:          {title: noAccess, status: http.StatusForbidden},
	coreapi.CodeUserDeleted:            {title: noAccess, status: http.StatusForbidden},
	coreapi.CodeFailedUpdateUserToken:  {title: expired, status: http.StatusForbidden},
	coreapi.CodeRequestTimeout:         {title: later, status: http.StatusServiceUnavailable},
	coreapi.CodeDuplicateKey: {taken, http.StatusConflict, map[string]string{
		"Users.StartLogin": ours, "Devices.Get": ours, "Clients.Info": ours,
	}},
	coreapi.CodeInvalidObjectID: {ours, http.StatusInternalServerError, map[string]string{"Users.LoginStatus": expired}},
}

func TestTheNoticeOfEveryCodeFitsEveryOperation(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		want, known := ofCodes[info.Code]
		require.True(t, known, info.Code)
		for operation := range calls {
			t.Run(fmt.Sprintf("%s/%s", info.Code, operation), func(t *testing.T) {
				n := noticeOf(t, operation, coreapitest.Fault{Code: info.Code, Message: "the API's own words"})
				assert.Equal(t, want.titleOf(operation), n.Title)
				if n.Title == want.title {
					assert.Equal(t, want.status, n.Status)
				}
				assert.NotContains(t, n.Title+n.Text, string(info.Code))
				assert.NotContains(t, n.Title+n.Text, "own words")
				assert.False(t, info.Action == coreapi.ActionContactAdmin && !n.Quote, "a case for the admin has a reference")
				assert.False(t, info.Retryable && !n.Again)
			})
		}
	}
}

func TestTheNoticeOfWhatHasNoCodeFitsEveryOperation(t *testing.T) {
	saving := map[string]string{"Devices.Save": perhaps}
	for name, tt := range map[string]struct {
		fault coreapitest.Fault
		want  wanted
	}{
		"a gateway":         {coreapitest.Fault{Status: 502}, wanted{later, 503, saving}},
		"too many requests": {coreapitest.Fault{Status: 429}, wanted{title: later, status: 503}},
		"not found":         {coreapitest.Fault{Status: 404}, wanted{title: ours, status: 502}},
		"an unknown code":   {coreapitest.Fault{Code: "NEW_CODE", Status: 400}, wanted{title: ours, status: 502}},
		"a redirect":        {coreapitest.Fault{Status: 302}, wanted{ours, 502, saving}},
		"no JSON":           {coreapitest.Fault{Body: "<html>"}, wanted{ours, 502, saving}},
		"nothing in it":     {coreapitest.Fault{Body: "{}"}, wanted{ours, 502, saving}},
		"a lost connection": {coreapitest.Fault{Drop: coreapitest.DropAfter}, wanted{later, 503, saving}},
		"a slow API":        {coreapitest.Fault{Delay: 2 * time.Minute}, wanted{later, 503, saving}},
	} {
		for operation := range calls {
			t.Run(name+"/"+operation, func(t *testing.T) {
				n := noticeOf(t, operation, tt.fault)
				assert.Equal(t, tt.want.titleOf(operation), n.Title)
				if n.Title == tt.want.title {
					assert.Equal(t, tt.want.status, n.Status)
				}
				assert.True(t, n.Quote)
			})
		}
	}
}

func TestACallThatWeCancelledIsNotTheUsersDoing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for operation, call := range calls {
		err := call(ctx, coreapitest.New().Client())
		require.ErrorIs(t, err, context.Canceled, operation)
		n := noticeFor(err)
		assert.Equal(t, interrupted, n.Title, operation)
		assert.True(t, n.Again, operation)
	}
}

func TestALoginThatTheUserCancelledIs(t *testing.T) {
	fake := coreapitest.New()
	client := fake.Client()
	login, err := client.Users.StartLogin(t.Context())
	require.NoError(t, err)
	fake.CancelLogin(login.ReqToken)
	_, waited := client.Users.WaitForLogin(t.Context(), login.ReqToken)
	for _, err := range []error{waited, failureOf(&coreapi.LoginStatus{FailureCode: coreapi.CodeClientClosedRequest}, "id")} {
		assert.Equal(t, cancelled, noticeFor(err).Title)
		assert.Equal(t, http.StatusOK, noticeFor(err).Status)
	}
}

func TestOurOwnMistakesAreNotTheAPIs(t *testing.T) {
	client := coreapitest.New().Client()
	_, noToken := client.Users.LoginStatus(t.Context(), "")
	_, noID := client.Devices.Get(t.Context(), "")
	_, noDevice := client.Devices.Save(t.Context(), coreapi.DeviceInfo{})
	_, noPassword := client.Users.Login(t.Context(), coreapi.LoginRequest{Email: account})
	for name, err := range map[string]error{
		"no reqToken":         noToken,
		"no id":               noID,
		"no device":           noDevice,
		"no password":         noPassword,
		"not an API's error":  errors.New("bug"),
		"a context, bare":     context.Canceled,
		"no error of the SDK": (*coreapi.Error)(nil),
	} {
		n := noticeFor(err)
		assert.Equal(t, ours, n.Title, name)
		assert.Equal(t, http.StatusInternalServerError, n.Status, name)
		assert.False(t, n.Again, name)
		assert.True(t, n.Quote, name)
		assert.NotEmpty(t, referenceOf(err), "%s: support finds it in the log", name)
	}
}

func TestOurOwnMistakesAreInTheLog(t *testing.T) {
	all, err := parsePages()
	require.NoError(t, err)
	var log strings.Builder
	a := &app{pages: all, logger: slog.New(slog.NewTextHandler(&log, nil))}
	_, err = coreapitest.New().Client().Users.LoginStatus(t.Context(), "")
	w := httptest.NewRecorder()
	a.problem(w, blank(), err, false)
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Contains(t, log.String(), "level=ERROR")
	assert.Contains(t, log.String(), "a mistake of this application")
	assert.Contains(t, log.String(), page{t: t, body: w.Body.String()}.find(`id="reference">([^<]+)<`))
}

func TestADeadlineThatHadPassedIsTemporary(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	for operation, call := range calls {
		n := noticeFor(call(ctx, coreapitest.New().Client()))
		assert.Equal(t, later, n.Title, operation)
		assert.True(t, n.Again && n.Quote, operation)
	}
}

func TestAKeyThatCannotBeMadeIsOurMistake(t *testing.T) {
	fails := func(context.Context, coreapi.Operation, func(context.Context) error) error {
		return errors.New("no vault")
	}
	err := calls["Clients.Info"](t.Context(), coreapitest.New().Client(coreapi.WithInterceptor(fails)))
	require.Error(t, err)
	assert.Equal(t, http.StatusInternalServerError, noticeFor(err).Status)
}

func TestBothCredentialCodesLookAlike(t *testing.T) {
	for _, operation := range []string{"", "Users.Login", "Users.LoginStatus", "Devices.Save"} {
		unknown, wrong := coreapi.NewError(coreapi.CodeUserNotFound, "no such user"), coreapi.NewError(coreapi.CodeInvalidPassword, "wrong")
		unknown.Operation, wrong.Operation = operation, operation
		require.Equal(t, noticeFor(unknown), noticeFor(wrong))
		require.False(t, noticeFor(wrong).Quote)
	}
}

func TestAValueThatIsTakenPerhapsByOurselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := coreapitest.New()
		fake.Inject(
			coreapitest.Fault{Code: coreapi.CodeRequestTimeout, After: true},
			coreapitest.Fault{Code: coreapi.CodeDuplicateKey, Skip: 1},
		)
		err := calls["Devices.Save"](t.Context(), fake.Client())
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
		assert.Equal(t, perhaps, noticeFor(err).Title)
	})
}

func TestNoTwoRulesLookAlike(t *testing.T) {
	var titles []string
	for _, rule := range rules {
		titles = append(titles, rule.Title)
		assert.NotEmpty(t, rule.Text, rule.Title)
		assert.True(t, rule.Again || rule.Quote, "%s: something to do for the user", rule.Title)
	}
	slices.Sort(titles)
	assert.Len(t, slices.Compact(titles), len(rules))
}

func TestReference(t *testing.T) {
	assert.Equal(t, "id-1", referenceOf(fmt.Errorf("wrapped: %w", &coreapi.Error{RequestID: "id-1"})))
	assert.NotEqual(t, referenceOf(errors.New("bug")), referenceOf(errors.New("bug")))
}

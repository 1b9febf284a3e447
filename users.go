package coreapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

// UsersService has the operations on users who log in. It is safe for
// concurrent use.
type UsersService struct{ client *Client }

// parent is safe on a service that New did not make.
func (s *UsersService) parent() *Client {
	if s == nil {
		return nil
	}
	return s.client
}

// Login logs a user in with an account and a password. The reference has one operation for
// logins, "Login (UI by fypass)"; that it takes these is an assumption. A nil error means
// that the user is logged in: the status has LoginSucceeded and a user token. Credentials
// that are not accepted are ErrCredentials; a response that says the login failed is an
// *Error with its FailureCode; one that says neither is ErrUnexpectedResponse. Login is not
// retried where the first request may have been acted on, but after a REQUEST_TIMEOUT, as
// the reference asks. It is safe for concurrent use.
func (s *UsersService) Login(ctx context.Context, req LoginRequest, opts ...CallOption) (*LoginStatus, error) {
	c := s.parent()
	op, path := c.loginOperation("Users.Login")
	spec := callSpec{
		op:      op,
		refused: req.check(),
		route:   path,
		secrets: []string{string(req.Password), string(req.ReqToken)},
		lacks:   lacking(loginLacks),
		failed:  failedLogin,
		wireOp:  wire.Login,
	}
	if c.wire() == nil && spec.refused == nil {
		spec.body, spec.refused = json.Marshal(loginBody{req.Email, req.WhatsApp, string(req.Password), string(req.ReqToken)})
	}
	return send[LoginStatus](ctx, c, c.onWire(spec, req.values()), opts)
}

// failedLogin is the error of a login with credentials whose answer tells that it failed.
func failedLogin(k *call) error {
	if status := result[LoginStatus](k); status.State == LoginFailed {
		return k.loginFailure(status, k.before)
	}
	return nil
}

func (c *Client) loginOperation(name string) (Operation, string) {
	route := c.profile().Login
	return Operation{name, route.Method, routePath(route.Path)}, route.Path
}

// StartLogin starts a hosted login ("Login (UI by fypass)"): the API has the
// page. Send the user to the session's URL, then call [UsersService.WaitForLogin]
// with its ReqToken. A response without a reqToken, or without an absolute https URL, is
// ErrUnexpectedResponse; http is taken for loopback, and with [WithPlaintext]. It is safe
// for concurrent use.
func (s *UsersService) StartLogin(ctx context.Context, opts ...CallOption) (*LoginSession, error) {
	c := s.parent()
	op, path := c.loginOperation("Users.StartLogin")
	spec := callSpec{
		op:     op,
		route:  path,
		body:   []byte("{}"),
		lacks:  lacking(func(s *LoginSession) string { return s.lacks(c.state().plaintext) }),
		wireOp: wire.StartLogin,
	}
	return send[LoginSession](ctx, c, c.onWire(spec, new(wire.Values)), opts)
}

// LoginStatus asks how far a login is ("Get User Login / Register Status"). A
// failed login is a status here, not an error. A state that the SDK does not know, and a
// login that has succeeded without a user token, is ErrUnexpectedResponse. It is safe for
// concurrent use.
func (s *UsersService) LoginStatus(ctx context.Context, reqToken Secret, opts ...CallOption) (*LoginStatus, error) {
	k := s.statusCall(ctx, reqToken, opts)
	if err := k.perform(ctx); err != nil {
		return nil, err
	}
	status := result[LoginStatus](k)
	if status.ReqToken == "" {
		status.ReqToken = reqToken // so that it is masked where the server echoes it
	}
	return status, nil
}

func (s *UsersService) statusCall(ctx context.Context, reqToken Secret, opts []CallOption) *call {
	c := s.parent()
	route := c.profile().LoginStatus
	spec := callSpec{
		op:          Operation{"Users.LoginStatus", route.Method, routePath(route.Path)},
		route:       route.Path,
		placeholder: reqTokenPlaceholder,
		value:       string(reqToken),
		secrets:     []string{string(reqToken)},
		lacks:       lacking(statusLacks),
		wireOp:      wire.LoginStatus,
	}
	if reqToken == "" {
		spec.refused = errors.New("the reqToken is empty: pass the one of the login, from StartLogin")
	}
	return prepare(ctx, c, c.onWire(spec, &wire.Values{wire.ReqToken: string(reqToken)}), opts, (*LoginStatus)(nil))
}

// loginFailure makes an error of a login that the API says has failed. before is the
// delivery of the attempts before the one that said so.
func (k *call) loginFailure(status *LoginStatus, before Delivery) *Error {
	code, message := Code(strings.TrimSpace(string(status.FailureCode))), status.FailureMessage
	if code == "" { // it may say why as any error does
		said := documentedError(status.Raw, true)
		code, message = said.code(), cmp.Or(message, said.anyMessage())
	}
	if code == CodeRequestTimeout {
		k.timeouts++
	}
	k.delivery = combine(before, deliveryOf(classAnswer, code, 0))
	return k.newError(failure{
		answered: true, code: code, message: message, requestID: k.answered.requestID, body: status.Raw, cause: k.missingFailureCode(code),
	})
}

// missingFailureCode names the place where a failed login has no code, though the profile
// says that it has one there. nil: it has one, or need not.
func (k *call) missingFailureCode(code Code) error {
	if code != "" || k.shared.wire == nil {
		return nil
	}
	if place := k.shared.wire.places(k.wireOp, wire.FailureCode); place != "" {
		return redact.Text("the response has no " + place)
	}
	return nil
}

package coreapitest

import (
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// login is one login by its reqToken. It has no message, which is in the language of
// whoever asks.
type login struct {
	State       coreapi.LoginState
	ReqToken    string
	UserToken   string
	UserID      string
	FailureCode coreapi.Code
}

func (s *state) newLogin() *login {
	return &login{State: coreapi.LoginPending, ReqToken: s.newIDs.reqToken()}
}

// loginTable keeps the last logins, and the tokens of the users who logged in by them.
type loginTable struct {
	byReqToken map[string]*login
	userTokens map[string]bool
	order      queue[*login]
}

func newLoginTable(limits Limits) loginTable {
	return loginTable{
		byReqToken: map[string]*login{},
		userTokens: map[string]bool{},
		order:      queue[*login]{max: limits.Logins},
	}
}

// add needs no login's size: nobody but the test's own code chooses a text of one.
func (t *loginTable) add(l *login) {
	t.byReqToken[l.ReqToken] = l
	for _, old := range t.order.add(l, 0) {
		delete(t.byReqToken, old.ReqToken)
		delete(t.userTokens, old.UserToken)
	}
}

func (l *login) fail(code coreapi.Code) {
	l.State, l.FailureCode = coreapi.LoginFailed, code
}

// in is the login as it is answered.
func (l *login) in(language coreapi.Language) result {
	return result{values: wire.Values{
		wire.State:          string(l.State),
		wire.ReqToken:       l.ReqToken,
		wire.UserToken:      l.UserToken,
		wire.UserID:         l.UserID,
		wire.FailureCode:    string(l.FailureCode),
		wire.FailureMessage: messages[l.FailureCode].in(language),
	}}
}

// accept ends the login for a user who is who they say: it succeeds, or fails
// for the user's status.
func (s *state) accept(l *login, u *User) *problem {
	if code := codesOfStatus[u.Status].user; code != "" {
		l.fail(code)
		return failed(code)
	}
	l.State, l.UserID, l.UserToken = coreapi.LoginSucceeded, u.ID, s.newIDs.userToken()
	s.logins.userTokens[l.UserToken] = true
	return nil
}

// enter tries credentials on a login. Wrong ones leave it pending. Its callers
// refuse an empty password, so that a user without one cannot log in.
func (s *state) enter(l *login, u *User, password string) *problem {
	switch {
	case u == nil:
		return failed(coreapi.CodeUserNotFound)
	case subtle.ConstantTimeCompare([]byte(u.Password), []byte(password)) != 1:
		return failed(coreapi.CodeInvalidPassword)
	}
	return s.accept(l, u)
}

// pendingLogin finds a login that can still be completed.
func (s *state) pendingLogin(reqToken string) (*login, *problem) {
	l := s.logins.byReqToken[reqToken]
	if l == nil || l.State != coreapi.LoginPending {
		return nil, failed(coreapi.CodeFailedUpdateUserToken)
	}
	return l, nil
}

// startsLogin tells the two operations of the login's route apart: what is not plainly a
// body without credentials is a login.
func startsLogin(login *wire.CompiledRoute, inURL wire.Values, b body) bool {
	if b.check() != nil || b.checkObject() != nil {
		return false
	}
	in, p := newRequest(login, inURL, b)
	return p == nil && in.values == wire.Values{}
}

func (s *state) startLogin(r request) (result, *problem) {
	l := s.newLogin()
	s.logins.add(l)
	return result{values: wire.Values{wire.ReqToken: l.ReqToken, wire.URL: r.pageURL(l.ReqToken)}}, nil
}

func (s *state) login(r request) (result, *problem) {
	if p := checkCredentials(&r.values); p != nil {
		return result{}, p
	}
	l, reqToken := s.newLogin(), r.values[wire.ReqToken]
	if reqToken != "" {
		var p *problem
		if l, p = s.pendingLogin(reqToken); p != nil {
			return result{}, p
		}
	}
	if p := s.enter(l, s.users.findIn(&r.values), r.values[wire.Password]); p != nil {
		return result{}, p
	}
	if reqToken == "" {
		s.logins.add(l)
	}
	return l.in(r.language), nil
}

func checkCredentials(in *wire.Values) *problem {
	switch {
	case in.AnyAccount() == "":
		return refused(http.StatusBadRequest, noAccount)
	case in[wire.Email] != "" && in[wire.WhatsApp] != "":
		return refused(http.StatusBadRequest, twoAccounts)
	case in[wire.Password] == "":
		return refused(http.StatusBadRequest, noPassword)
	}
	return nil
}

// loginStatus uses nothing up: a GET may be sent again.
func (s *state) loginStatus(r request) (result, *problem) {
	l := s.logins.byReqToken[r.values[wire.ReqToken]]
	switch {
	case l == nil:
		return result{}, failed(coreapi.CodeFailedUpdateUserToken)
	case l.State == coreapi.LoginFailed && !s.saysFailed:
		return result{}, failed(l.FailureCode)
	}
	return l.in(r.language), nil
}

// completeLogin ends a login as the hosted page would.
func (s *state) completeLogin(reqToken, emailOrWhatsApp string) error {
	l, err := s.mustBePending(reqToken)
	if err != nil {
		return err
	}
	u, err := s.users.mustFind(emailOrWhatsApp)
	if err != nil {
		return err
	}
	s.accept(l, u) // a status that ends it as failed is no mistake
	return nil
}

// failLogin ends a login with a code, which need not be in the reference.
func (s *state) failLogin(reqToken string, code coreapi.Code) error {
	if code == "" {
		return errors.New("the code is empty: pass one such as USER_SUSPENDED")
	}
	l, err := s.mustBePending(reqToken)
	if err != nil {
		return err
	}
	l.fail(code)
	return nil
}

// mustBePending is for a test's setup. It never quotes the reqToken.
func (s *state) mustBePending(reqToken string) (*login, error) {
	l := s.logins.byReqToken[reqToken]
	switch {
	case l == nil:
		return nil, errors.New("there is no login with that reqToken: pass the one that StartLogin gave")
	case l.State != coreapi.LoginPending:
		return nil, errors.New("the login has ended: start another")
	}
	return l, nil
}

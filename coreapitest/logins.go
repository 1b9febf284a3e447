package coreapitest

import (
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/fypass/coreapi-go"
)

// login is one login by its reqToken, and coreapi.LoginStatus on the wire. It is kept
// without FailureMessage, which is in the language of whoever asks.
type login struct {
	State          coreapi.LoginState `json:"state"`
	ReqToken       string             `json:"reqToken"`
	UserToken      string             `json:"userToken,omitempty"`
	UserID         string             `json:"userId,omitempty"`
	FailureCode    coreapi.Code       `json:"failureCode,omitempty"`
	FailureMessage string             `json:"failureMessage,omitempty"`
}

func newLogin() *login { return &login{State: coreapi.LoginPending, ReqToken: newToken()} }

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
func (l login) in(language coreapi.Language) login {
	l.FailureMessage = messages[l.FailureCode].in(language)
	return l
}

// accept ends the login for a user who is who they say: it succeeds, or fails
// for the user's status.
func (s *state) accept(l *login, u *User) *problem {
	if code := codesOfStatus[u.Status].user; code != "" {
		l.fail(code)
		return failed(code)
	}
	l.State, l.UserID, l.UserToken = coreapi.LoginSucceeded, u.ID, newToken()
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

// loginOperation tells the two operations of the login's route apart: what is
// not plainly a body without credentials is a login.
func loginOperation(b body) string {
	var in coreapi.LoginRequest
	if b.check() == nil && b.decode(&in) == nil && in == (coreapi.LoginRequest{}) {
		return opStartLogin
	}
	return opLogin
}

// loginSession is coreapi.LoginSession on the wire.
type loginSession struct {
	ReqToken string `json:"reqToken"`
	URL      string `json:"url"`
}

func (s *state) startLogin(r request) (any, *problem) {
	l := newLogin()
	s.logins.add(l)
	return loginSession{ReqToken: l.ReqToken, URL: r.pageURL(l.ReqToken)}, nil
}

func (s *state) login(r request) (any, *problem) {
	var in coreapi.LoginRequest
	if p := r.body.decode(&in); p != nil {
		return nil, p
	}
	if p := checkCredentials(in); p != nil {
		return nil, p
	}
	l := newLogin()
	if in.ReqToken != "" {
		var p *problem
		if l, p = s.pendingLogin(string(in.ReqToken)); p != nil {
			return nil, p
		}
	}
	u := s.users.byWhatsApp[in.WhatsApp]
	if in.Email != "" {
		u = s.users.byEmail[foldEmail(in.Email)]
	}
	if p := s.enter(l, u, string(in.Password)); p != nil {
		return nil, p
	}
	if in.ReqToken == "" {
		s.logins.add(l)
	}
	return l.in(r.language), nil
}

func checkCredentials(in coreapi.LoginRequest) *problem {
	switch {
	case in.Email == "" && in.WhatsApp == "":
		return refused(http.StatusBadRequest, noAccount)
	case in.Email != "" && in.WhatsApp != "":
		return refused(http.StatusBadRequest, twoAccounts)
	case in.Password == "":
		return refused(http.StatusBadRequest, noPassword)
	}
	return nil
}

// loginStatus uses nothing up: a GET may be sent again.
func (s *state) loginStatus(r request) (any, *problem) {
	l := s.logins.byReqToken[r.value]
	if l == nil {
		return nil, failed(coreapi.CodeFailedUpdateUserToken)
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

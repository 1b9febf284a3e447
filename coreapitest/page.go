package coreapitest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/fypass/coreapi-go"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// The names in the page's form.
const (
	accountField  = "account"
	passwordField = "password"
	csrfField     = "csrf"
	actionField   = "action"
	actionCancel  = "cancel"
	csrfCookie    = "coreapitest_csrf"
)

// pageView is what the template shows: the form, or a plain text.
type pageView struct {
	Heading string
	Text    string
	Form    bool
	Action  string
	CSRF    string
	Account string
	Errors  []pageError
	Style   template.CSS
}

// pageError is a line of the error summary. It leads to Field. Where it says
// what is wrong with that field alone, it stands there too.
type pageError struct {
	Field, Text string
	atField     bool
}

// ErrorOf is the text that stands at a field, "" for none.
func (v pageView) ErrorOf(field string) string {
	for _, e := range v.Errors {
		if e.atField && e.Field == field {
			return e.Text
		}
	}
	return ""
}

// wrongCredentials is one for an unknown account and a wrong password, so that
// nobody can find out which accounts exist.
var wrongCredentials = pageError{Field: accountField, Text: "The account or the password is not right. Check both and try again."}

// page answers the hosted login page: a form while the login is pending, a plain
// page when it is not.
func (f *fake) page(a arrival) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := a.state.logins.byReqToken[a.URL.Query().Get("reqToken")]
	switch {
	case l == nil:
		return showPage(http.StatusNotFound, pageView{Heading: "Login not found", Text: "There is no such login. Go back to the app and start again."})
	case l.State != coreapi.LoginPending:
		return showPage(http.StatusOK, endedView(l))
	case a.Method == http.MethodPost:
		return a.state.submit(l, a)
	}
	return showForm(http.StatusOK, a.Request, pageView{})
}

func endedView(l *login) pageView {
	switch {
	case l.State == coreapi.LoginSucceeded:
		return pageView{Heading: "You are logged in", Text: "You can close this page and go back to the app."}
	case l.FailureCode == coreapi.CodeClientClosedRequest:
		return pageView{Heading: "Login cancelled", Text: "You can close this page and go back to the app."}
	}
	return pageView{Heading: "You cannot log in", Text: "This account has no access. Contact the admin."}
}

// submit takes the form of a pending login.
func (s *state) submit(l *login, a arrival) answer {
	r := a.Request
	if p := a.body.check(); p != nil {
		return p.answer(s.wire, a.language)
	}
	form, err := url.ParseQuery(string(a.body.data))
	if err != nil || !sameCSRF(r, form.Get(csrfField)) {
		return showForm(http.StatusForbidden, r, pageView{
			Account: form.Get(accountField),
			Errors:  []pageError{{Field: accountField, Text: "The page was open for too long. Enter your details again."}},
		})
	}
	if form.Get(actionField) == actionCancel {
		l.fail(coreapi.CodeClientClosedRequest)
		return seeOther(r)
	}
	account := strings.TrimSpace(form.Get(accountField))
	errs := missing(account, form.Get(passwordField))
	if len(errs) == 0 {
		s.enter(l, s.users.find(account), form.Get(passwordField))
		if l.State != coreapi.LoginPending {
			return seeOther(r)
		}
		errs = []pageError{wrongCredentials}
	}
	return showForm(http.StatusOK, r, pageView{Account: account, Errors: errs})
}

func missing(account, password string) []pageError {
	var errs []pageError
	if account == "" {
		errs = append(errs, pageError{accountField, "Enter your email or WhatsApp number", true})
	}
	if password == "" {
		errs = append(errs, pageError{passwordField, "Enter your password", true})
	}
	return errs
}

// seeOther leads to the page of the ended login, so that going back or reloading
// does not send the password again.
func seeOther(r *http.Request) answer {
	a := answer{status: http.StatusSeeOther, header: pageHeader()}
	a.header.Set("Location", ownAddress(r))
	return a
}

func ownAddress(r *http.Request) string { return r.URL.EscapedPath() + "?" + r.URL.Query().Encode() }

// sameCSRF compares the form's token with the cookie's: another site can send
// the form, but knows no cookie.
func sameCSRF(r *http.Request, token string) bool {
	cookie, err := r.Cookie(csrfCookie)
	return err == nil && cookie.Value != "" && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(token)) == 1
}

// showForm keeps the browser's token, so that the page can be open twice.
func showForm(status int, r *http.Request, v pageView) answer {
	v.Heading, v.Form, v.Action, v.CSRF = "Log in", true, ownAddress(r), newToken()
	if cookie, err := r.Cookie(csrfCookie); err == nil && len(cookie.Value) == len(v.CSRF) {
		v.CSRF = cookie.Value
	}
	a := showPage(status, v)
	a.header.Set("Set-Cookie", (&http.Cookie{ //nolint:gosec // the fake is on http
		Name:     csrfCookie,
		Value:    v.CSRF,
		Path:     cookiePath(r.URL),
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteLaxMode, // Strict would not be sent on the way from the app
	}).String())
	return a
}

// cookiePath is the page's own path, where that is written in one way only. Browsers
// compare a cookie's path with the escaped one, and Go's cookie jar with the plain one.
func cookiePath(u *url.URL) string {
	if u.EscapedPath() != u.Path {
		return "/"
	}
	return u.Path
}

func showPage(status int, v pageView) answer {
	v.Style = template.CSS(pageCSS) //nolint:gosec // the package's own file
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, v); err != nil {
		return answer{status: http.StatusInternalServerError, header: http.Header{}}
	}
	return answer{status: status, header: pageHeader(), body: page.Bytes()}
}

// pageHeader allows the page its own style and its own form, and nothing else.
func pageHeader() http.Header {
	style := sha256.Sum256([]byte(pageCSS))
	return http.Header{
		"Content-Type": {"text/html; charset=utf-8"},
		"Content-Security-Policy": {"default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
		"Referrer-Policy":        {"no-referrer"},
		"X-Frame-Options":        {"DENY"},
	}
}

package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"github.com/fypass/coreapi-go"
)

// callTimeout is how long a user waits for one page at most.
const callTimeout = 10 * time.Second

// app is the partner's application. It is safe for concurrent use.
type app struct {
	client   *coreapi.Client
	pages    pages
	sessions *sessions
	logger   *slog.Logger
}

// newApp makes the application, which calls the API through client.
func newApp(client *coreapi.Client, logger *slog.Logger) (http.Handler, error) {
	all, err := parsePages()
	if err != nil {
		return nil, err
	}
	a := &app{client: client, pages: all, sessions: newSessions(time.Now), logger: logger}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("POST /login", a.startLogin)
	mux.HandleFunc("GET /login", a.continueLogin)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /style.css", serveStyle)
	// Posts of other sites are refused by what browsers say of a request's
	// origin, so that the forms need no token.
	return withSecurityHeaders(http.NewCrossOriginProtection().Handler(mux)), nil
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	session := a.sessions.of(r)
	switch {
	case session.UserID != "":
		a.show(w, http.StatusOK, "user", view{Title: "You are logged in", UserID: session.UserID})
	case session.Login != nil:
		seeOther(w, r, "/login")
	default:
		a.show(w, http.StatusOK, "home", view{Title: "Welcome"})
	}
}

// startLogin asks for a hosted login, keeps its reqToken, and shows the way to
// its page.
func (a *app) startLogin(w http.ResponseWriter, r *http.Request) {
	if a.sessions.of(r).UserID != "" {
		seeOther(w, r, "/")
		return
	}
	login, err := a.client.Users.StartLogin(r.Context(), coreapi.WithTimeout(callTimeout))
	if err != nil {
		a.problem(w, r, err, false)
		return
	}
	a.sessions.start(w, r, session{Login: login})
	seeOther(w, r, "/login")
}

// continueLogin looks how far the login is. The waiting page comes back here
// every few seconds.
func (a *app) continueLogin(w http.ResponseWriter, r *http.Request) {
	login := a.sessions.of(r).Login
	if login == nil {
		seeOther(w, r, "/") // none, expired, or succeeded in another tab
		return
	}
	status, err := a.loginStatus(r.Context(), login.ReqToken)
	switch {
	case err != nil && isTemporary(err):
		a.problem(w, r, err, true)
	case err != nil:
		a.sessions.end(w, r)
		a.problem(w, r, err, false)
	case status.State == coreapi.LoginSucceeded:
		a.sessions.start(w, r, session{UserID: status.UserID})
		seeOther(w, r, "/")
	default:
		a.show(w, http.StatusOK, "waiting", view{Title: "One more step", LoginURL: login.URL, Refresh: refreshSeconds})
	}
}

// loginStatus asks once, for a page that is loaded again anyway; a program that
// waits by itself uses WaitForLogin. As there, a login that failed is an error,
// and has the id of the request that said so.
func (a *app) loginStatus(ctx context.Context, reqToken coreapi.Secret) (*coreapi.LoginStatus, error) {
	requestID := rand.Text()
	status, err := a.client.Users.LoginStatus(ctx, reqToken, coreapi.WithTimeout(callTimeout), coreapi.WithRequestID(requestID))
	if err != nil || status.State != coreapi.LoginFailed {
		return status, err
	}
	failure := coreapi.NewError(status.FailureCode, status.FailureMessage)
	failure.Operation, failure.RequestID = "Users.LoginStatus", requestID
	return nil, failure
}

// logout also gives up a login that is pending.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.sessions.end(w, r)
	seeOther(w, r, "/")
}

// problem logs the error and shows the notice for it. pending: the login can
// still be completed.
func (a *app) problem(w http.ResponseWriter, r *http.Request, err error, pending bool) {
	a.logger.WarnContext(r.Context(), "log in", "error", err)
	n := noticeFor(err)
	v := view{Title: n.Title, Notice: n, Pending: pending}
	if n.Quote {
		v.Reference = referenceOf(err)
	}
	a.show(w, n.Status, "problem", v)
}

// seeOther makes of a POST a page that can be loaded again.
func seeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}

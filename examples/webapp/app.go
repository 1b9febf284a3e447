package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
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
	found := a.sessions.of(w, r)
	switch {
	case found.LoggedIn:
		a.show(w, http.StatusOK, "user", view{Title: "You are logged in", UserID: found.UserID})
	case found.Login != nil:
		seeOther(w, r, "/login")
	default:
		// A cookie before the first click, so that tabs which start at the same time
		// have one session. One that is worth nothing stays until then: this answer
		// could arrive after one that replaced it.
		if sessionID(r) == "" {
			a.sessions.open(w, r)
		}
		a.show(w, http.StatusOK, "home", view{Title: "Welcome"})
	}
}

// startLogin asks for a hosted login, keeps its reqToken, and shows the way to
// its page. A browser that is at a login already joins it.
func (a *app) startLogin(w http.ResponseWriter, r *http.Request) {
	found := a.sessions.of(w, r)
	if found.LoggedIn || found.Login != nil {
		seeOther(w, r, "/")
		return
	}
	if found.id == "" {
		found = a.sessions.open(w, r)
	}
	login, err := a.client.Users.StartLogin(r.Context(), coreapi.WithTimeout(callTimeout))
	if err != nil {
		a.problem(w, r, err, false)
		return
	}
	// Where another tab was faster, its login counts, and nobody sees this one.
	a.sessions.replace(w, r, found, session{Login: login})
	seeOther(w, r, "/login")
}

// continueLogin looks how far the login is. The waiting page comes back here
// every few seconds, so it asks once and does not repeat: a program that waits by
// itself uses WaitForLogin.
func (a *app) continueLogin(w http.ResponseWriter, r *http.Request) {
	found := a.sessions.of(w, r)
	if found.Login == nil {
		seeOther(w, r, "/") // none, expired, or succeeded in another tab
		return
	}
	requestID := rand.Text()
	status, err := a.client.Users.LoginStatus(r.Context(), found.Login.ReqToken,
		coreapi.WithTimeout(callTimeout), coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithRequestID(requestID))
	switch {
	case err != nil && saysTheLoginIsOver(err):
		a.endLogin(w, r, found, err)
	case err != nil:
		a.problem(w, r, err, true)
	case status.State == coreapi.LoginFailed:
		a.endLogin(w, r, found, failureOf(status, requestID))
	case status.State == coreapi.LoginSucceeded:
		// Unless the user has cancelled in the meantime: home shows what holds.
		a.sessions.replace(w, r, found, session{LoggedIn: true, UserID: status.UserID})
		seeOther(w, r, "/")
	default:
		a.show(w, http.StatusOK, "waiting", view{Title: "One more step", LoginURL: found.Login.URL, Refresh: refreshSeconds})
	}
}

// saysTheLoginIsOver: only what the API says of the login or its user does. A
// timeout, a gateway, a browser that has gone or our own mistake leaves it pending.
func saysTheLoginIsOver(err error) bool {
	return slices.ContainsFunc([]error{
		coreapi.ErrFailedUpdateUserToken, coreapi.ErrInvalidObjectID, coreapi.ErrUserAccount, coreapi.ErrCredentials,
	}, func(over error) bool { return errors.Is(err, over) })
}

// failureOf makes an error of a login that failed, as WaitForLogin does, with the id
// of the request that said so.
func failureOf(status *coreapi.LoginStatus, requestID string) error {
	e := coreapi.NewError(status.FailureCode, status.FailureMessage)
	e.Operation, e.RequestID = opLoginStatus, requestID
	return e
}

// endLogin says why the login is over, but not to a browser that is at another by now.
func (a *app) endLogin(w http.ResponseWriter, r *http.Request, found seen, err error) {
	if !a.sessions.replace(w, r, found, session{}) {
		seeOther(w, r, "/")
		return
	}
	a.problem(w, r, err, false)
}

// logout also gives up a login that is pending.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.sessions.end(w, r)
	seeOther(w, r, "/")
}

// problem logs the error and shows the notice for it. pending: the login can
// still be completed.
func (a *app) problem(w http.ResponseWriter, r *http.Request, err error, pending bool) {
	if r.Context().Err() != nil {
		return // the browser has gone, to load the page again for one: nobody sees it
	}
	n, reference := noticeFor(err), referenceOf(err)
	a.logProblem(r.Context(), n, reference, err)
	v := view{Title: n.Title, Notice: n, Pending: pending}
	if n.Quote {
		v.Reference = reference
	}
	if pending && n.Again {
		v.Refresh = refreshAfter(err)
	}
	a.show(w, n.Status, "problem", v)
}

// logProblem tells our own mistakes, which somebody here has to mend, from the rest.
func (a *app) logProblem(ctx context.Context, n notice, reference string, err error) {
	level, message := slog.LevelWarn, "log in"
	if n.Status == http.StatusInternalServerError {
		level, message = slog.LevelError, "log in: a mistake of this application"
	}
	a.logger.Log(ctx, level, message, "reference", reference, "error", err)
}

// seeOther makes of a POST a page that can be loaded again.
func seeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}
